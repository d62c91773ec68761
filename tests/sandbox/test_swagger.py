"""Every kind of answer of the Autotask stand-in against the vendor's Swagger (left out where that file is missing)."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.conftest import TODAY, Autotask, reference
from webapp.sandbox.autotask_fields import ENTITIES
from webapp.sandbox.server import Sandbox

READABLE = [entity for entity in ENTITIES.values() if entity.query]


@pytest.fixture
def definitions() -> dict[str, Any]:
    found: dict[str, Any] = reference("autotask", "swagger-subset.json")["definitions"]
    return found


def strict(schema: Any) -> Any:
    """The Swagger's schema as JSON Schema, stricter and looser in three places.

    Nulls are allowed everywhere: Swagger 2.0 cannot say "nullable", and live answers are full of nulls. A schema
    without properties (the vendor's `Object`) stands for any value, as in `itemId`, which is a number or null.
    Names that the Swagger does not know are refused.
    """
    if "$ref" in schema:
        return {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}
    if schema.get("type") == "object":
        parts = schema.get("properties") or {}
        if not parts:
            return {}
        return {
            "type": ["object", "null"],
            "properties": {name: strict(part) for name, part in parts.items()},
            "additionalProperties": False,
        }
    if schema.get("type") == "array":
        return {"type": ["array", "null"], "items": strict(schema["items"])}
    return {"type": [schema["type"], "null"]}


def check(definitions: dict[str, Any], model: str, body: Any) -> None:
    schema = {
        "$ref": f"#/definitions/{model}",
        "definitions": {name: strict(definition) for name, definition in definitions.items()},
    }
    problems = [f"{'/'.join(map(str, item.path))}: {item.message}" for item in Draft202012Validator(schema).iter_errors(body)]
    assert problems == []


@pytest.fixture
def lively(sandbox: Sandbox, autotask: Autotask, line: int) -> Sandbox:
    """A sandbox with a row in every table."""
    autotask.adjust(line, 2)
    sandbox.state.approve_and_post(up_to=TODAY)
    ticket = {"companyID": 29_683_001, "title": "A", "status": 1, "priority": 1}
    made = autotask.call("POST", "Tickets", ticket).json()["itemId"]
    note = {"description": "B", "noteType": 1, "publish": 1}
    autotask.call("POST", f"Tickets/{made}/Notes", note)
    sandbox.state.autotask.insert("Resources", {"firstName": "Dana", "lastName": "Albers", "isActive": True})
    sandbox.state.autotask.insert("TicketCategories", {"name": "Standard", "isActive": True, "displayColorRgb": 1})
    return sandbox


@pytest.mark.usefixtures("lively")
def test_query_item_and_metadata_answers_of_every_entity_fit(definitions: dict[str, Any], autotask: Autotask) -> None:
    for entity in READABLE:
        page = autotask.query(entity.plural, MaxRecords=2)
        assert page["items"], entity.plural
        check(definitions, f"QueryActionResult_{entity.name}Model", page)
        item = autotask.call("GET", f"{entity.plural}/{page['items'][0]['id']}").json()
        assert item["item"], entity.plural
        check(definitions, f"ItemQueryResultModel_{entity.name}Model", item)
        every = {"filter": [{"op": "exist", "field": "id"}]}
        check(definitions, "QueryCountResultModel", autotask.call("POST", f"{entity.plural}/query/count", every).json())
    for entity in ENTITIES.values():
        path = f"{entity.plural}/entityInformation"
        check(definitions, "EntityInformationResultModel", autotask.call("GET", path).json())
        check(definitions, "FieldInformationResultModel", autotask.call("GET", f"{path}/fields").json())


def test_tickets_and_notes_fit_whatever_was_done_with_them(
    definitions: dict[str, Any], sandbox: Sandbox, autotask: Autotask
) -> None:
    body = {"companyID": sandbox.state.company_id("Amsel Bau GmbH"), "title": "A", "status": 5, "priority": 1}
    ticket = autotask.call("POST", "Tickets", body).json()["itemId"]
    sandbox.state.assign(ticket)
    by_contact = sandbox.state.write_note(ticket, "From the customer", contact=77)
    for change in (sandbox.state.reopen_ticket, sandbox.state.complete_ticket, sandbox.state.unassign):
        change(ticket)
        item = autotask.call("GET", f"Tickets/{ticket}").json()
        check(definitions, "ItemQueryResultModel_TicketModel", item)
    changed = autotask.call("PATCH", "Tickets", {"id": ticket, "status": 1})
    check(definitions, "OperationResultModel", changed.json())
    note = {"description": "B", "noteType": 1, "publish": 1, "title": "C"}
    check(definitions, "OperationResultModel", autotask.call("POST", f"Tickets/{ticket}/Notes", note).json())
    children = autotask.call("GET", f"Tickets/{ticket}/Notes").json()
    assert children["items"][0]["id"] == by_contact
    check(definitions, "QueryActionResult_TicketNoteModel", children)


def test_the_fields_of_tickets_and_notes_have_the_vendors_flags_and_lengths(autotask: Autotask) -> None:
    known = reference("autotask", "field-metadata.json")["entities"]
    for plural, entity in (("Tickets", "Ticket"), ("TicketNotes", "TicketNote")):
        ours = {item["name"]: item for item in autotask.call("GET", f"{plural}/entityInformation/fields").json()["fields"]}
        for name, theirs in known[entity]["fields"].items():
            field = ours[name]
            assert field["isRequired"] == theirs.get("required", False), name
            assert field["isReadOnly"] == theirs.get("readOnlyOnUpdate", field["isReadOnly"]), name
            assert field["isPickList"] == theirs.get("isPickList", False), name
            assert (field["length"] or None) == theirs.get("maxLength"), name


def test_the_other_answers_fit(definitions: dict[str, Any], sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    check(definitions, "OperationResultModel", autotask.adjust(line, 1).json())
    check(definitions, "ThresholdStatusResultModel", autotask.call("GET", "ThresholdInformation").json())
    contract = autotask.query("Contracts")["items"][0]["id"]
    children = autotask.call("GET", f"Contracts/{contract}/ServiceUnits").json()
    check(definitions, "QueryActionResult_ContractServiceUnitModel", children)


def test_the_swagger_knows_every_route_of_the_sandbox(autotask: Autotask) -> None:
    paths = reference("autotask", "swagger-subset.json")["paths"]
    for entity in ENTITIES.values():
        root = paths.get(f"/V1.0/{entity.plural}", {})
        assert {verb.upper() for verb in root} == set(entity.root), entity.plural
        assert (f"/V1.0/{entity.plural}/query" in paths) == entity.query
        if entity.parent:
            child = paths[f"/V1.0/{entity.parent}/{{parentId}}/{entity.route}"]
            assert {verb.upper() for verb in child} == set(entity.child), entity.plural


def test_every_field_has_the_vendors_name_and_type(definitions: dict[str, Any]) -> None:
    kinds = {"int": "integer", "long": "integer", "dec": "number", "str": "string", "bool": "boolean", "date": "string"}
    for entity in ENTITIES.values():
        ours = {found.name: kinds[found.kind] for found in entity.fields.values()}
        theirs = {
            name: part["type"]
            for name, part in definitions[f"{entity.name}Model"]["properties"].items()
            if name != "userDefinedFields"
        }
        assert ours == theirs
