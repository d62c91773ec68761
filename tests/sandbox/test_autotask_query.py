"""Queries, pages and metadata of the Autotask stand-in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Autotask
from webapp.sandbox.server import Sandbox


def names(answer: Any) -> set[str]:
    return {row["companyName"] for row in answer["items"]}


@pytest.mark.parametrize(
    ("op", "field", "value", "expected"),
    [
        ("eq", "CompanyName", "amsel bau gmbh", 1),
        ("noteq", "companyName", "Amsel Bau GmbH", 5),
        ("gt", "id", 29_683_001, 5),
        ("gte", "ID", 29_683_001, 6),
        ("lt", "id", 29_683_002, 1),
        ("lte", "id", 29_683_002, 2),
        ("beginsWith", "companyname", "d", 1),
        ("endsWith", "companyName", "LTD", 2),
        ("contains", "companyName", "&", 1),
        ("exist", "phone", None, 6),
        ("notExist", "fax", None, 6),
        ("in", "id", [29_683_001, 29_683_003, 1], 2),
        ("notIn", "id", [29_683_001, 29_683_003], 4),
        ("eq", "isactive", True, 6),
        ("lt", "createDate", "2019-03-04T09:00:01", 6),
    ],
)
def test_operators_find_what_they_should(autotask: Autotask, op: str, field: str, value: Any, expected: int) -> None:
    found = autotask.query("Companies", {"op": op, "field": field, "value": value})
    assert found["pageDetails"]["count"] == expected == len(found["items"])


def test_groups_can_be_nested(autotask: Autotask) -> None:
    group = {
        "op": "or",
        "items": [
            {"op": "eq", "field": "companyName", "value": "Clarke Ltd"},
            {
                "op": "and",
                "items": [
                    {"op": "contains", "field": "companyName", "value": "Praxis"},
                    {"op": "eq", "field": "companyType", "value": 1},
                ],
            },
        ],
    }
    assert names(autotask.query("Companies", group)) == {"Clarke Ltd", "Falk Praxis"}


def test_both_casings_and_both_verbs_are_understood(autotask: Autotask) -> None:
    search = json.dumps({"filter": [{"op": "beginsWith", "field": "CompanyName", "value": "Falk"}], "maxRecords": 3})
    answer = autotask.call("GET", "companies/QUERY", search=search).json()
    assert names(answer) == {"Falk Praxis"}
    assert answer["pageDetails"]["requestCount"] == 3


def test_pages_follow_each_other_by_id_with_either_verb(sandbox: Sandbox, autotask: Autotask) -> None:
    for number in range(1_100):
        sandbox.state.add_company(name=f"Firma {number:04d}")
    seen: list[int] = []
    page = autotask.query("Companies")
    sizes = []
    for verb in ("GET", "POST", "GET", "POST"):
        seen += [row["id"] for row in page["items"]]
        sizes.append(page["pageDetails"]["count"])
        url = page["pageDetails"]["nextPageUrl"]
        if url is None:
            break
        assert url.startswith(f"{autotask.base}/Companies/query?paging=")
        body = {"Filter": [{"op": "exist", "field": "id"}]} if verb == "POST" else None
        page = autotask.call(verb, url, body).json()
    assert sizes == [500, 500, 106]
    assert seen == sorted(set(seen))
    back = autotask.call("GET", page["pageDetails"]["prevPageUrl"]).json()
    assert [row["id"] for row in back["items"]] == seen[500:1000]


@pytest.mark.parametrize(
    ("entity", "size"), [("Contracts", 2), ("Services", 2), ("ContractServices", 2), ("ContractServiceUnits", 60)]
)
def test_small_pages_give_the_same_rows_as_one_large_page(autotask: Autotask, entity: str, size: int) -> None:
    whole = [row["id"] for row in autotask.query(entity)["items"]]
    assert len(whole) > size
    page = autotask.query(entity, MaxRecords=size)
    found = [row["id"] for row in page["items"]]
    while url := page["pageDetails"]["nextPageUrl"]:
        page = autotask.call("GET", url).json()
        assert page["items"][0]["id"] > found[-1]
        found += [row["id"] for row in page["items"]]
    assert found[: len(whole)] == whole


def test_max_records_is_the_page_size_not_the_end(autotask: Autotask) -> None:
    page = autotask.query("Companies", MaxRecords=4)
    assert page["pageDetails"]["count"] == page["pageDetails"]["requestCount"] == 4
    assert autotask.call("GET", page["pageDetails"]["nextPageUrl"]).json()["pageDetails"]["count"] == 2


def test_include_fields_gives_only_those_and_needs_the_id_above_500_results(sandbox: Sandbox, autotask: Autotask) -> None:
    page = autotask.query("Companies", IncludeFields=["Id", "companyname"])
    assert all(row.keys() == {"id", "companyName"} for row in page["items"])
    for number in range(500):
        sandbox.state.add_company(name=f"Firma {number:04d}")
    body = {"Filter": [{"op": "exist", "field": "id"}], "IncludeFields": ["companyName"]}
    assert autotask.call("POST", "Companies/query", body).status_code == 500
    assert autotask.query("Companies", IncludeFields=["id", "companyName"])["pageDetails"]["nextPageUrl"]


def test_five_hundred_or_conditions_are_the_limit(autotask: Autotask) -> None:
    found = autotask.query("Companies", {"op": "in", "field": "id", "value": list(range(500))})
    assert found["items"] == []
    body = {"filter": [{"op": "in", "field": "id", "value": list(range(501))}]}
    answer = autotask.call("POST", "Companies/query", body)
    assert (answer.status_code, answer.json()) == (
        500,
        {"errors": ["Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."]},
    )
    items = [{"op": "eq", "field": "id", "value": number} for number in range(501)]
    assert autotask.call("POST", "Companies/query", {"filter": [{"op": "or", "items": items}]}).status_code == 500


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"filter": [{"op": "eq", "field": "colour", "value": 1}]},
            "Unable to find colour in the Company Entity.",
        ),
        (
            {"filter": [{"op": "exist", "field": "id"}], "includeFields": ["shape"]},
            "Unable to find shape in the Company Entity.",
        ),
        (
            {"filter": [{"op": "eq", "field": "id", "value": "material"}]},
            "Conversion failed when converting varchar 'material' to data type int",
        ),
    ],
)
def test_wrong_queries_are_refused_with_the_recorded_texts(autotask: Autotask, body: Any, text: str) -> None:
    answer = autotask.call("POST", "Companies/query", body)
    assert (answer.status_code, answer.json()) == (500, {"errors": [text]})


@pytest.mark.parametrize("body", [{}, {"filter": []}, {"filter": [{"op": "like", "field": "id", "value": 1}]}, []])
def test_a_query_without_a_usable_filter_is_refused(autotask: Autotask, body: Any) -> None:
    assert autotask.call("POST", "Companies/query", body).status_code == 500


def test_count_by_id_and_child_lists(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    every = {"filter": [{"op": "exist", "field": "id"}]}
    assert autotask.call("POST", "Companies/query/count", every).json() == {"queryCount": 6}
    assert autotask.call("GET", "contracts/query/COUNT", search=json.dumps(every)).json() == {"queryCount": 6}
    contract = sandbox.state.autotask.tables["ContractServices"][line]["contractID"]
    assert autotask.call("GET", f"Contracts/{contract}").json()["item"]["id"] == contract
    assert autotask.call("GET", f"Contracts/{contract}/Services").json()["pageDetails"]["count"] == 3
    assert autotask.call("GET", f"Contracts/{contract}/Services/{line}").json()["item"]["id"] == line
    assert autotask.call("GET", f"Contracts/{contract}/ServiceUnits").json()["pageDetails"]["count"] == 108


def test_nothing_under_an_id_is_null_or_404(sandbox: Sandbox, autotask: Autotask) -> None:
    answer = autotask.call("GET", "Contracts/5")
    assert (answer.status_code, answer.json()) == (200, {"item": None})
    sandbox.state.switches.missing_item_status = 404
    assert autotask.call("GET", "Contracts/5").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "ContractServices", 404),
        ("POST", "TicketNotes", 404),
        ("GET", "Companies", 405),
        ("DELETE", "Tickets/1", 405),
        ("GET", "Nothing/query", 404),
        ("GET", "Companies/1/2/3", 404),
        ("PUT", "Companies/query", 405),
        ("POST", "BillingItems", 405),
    ],
)
def test_wrong_routes_and_verbs(autotask: Autotask, method: str, path: str, status: int) -> None:
    assert autotask.call(method, path, {"title": "x"} if method != "GET" else None).status_code == status


def test_a_long_get_address_does_not_arrive(autotask: Autotask) -> None:
    search = json.dumps({"filter": [{"op": "in", "field": "id", "value": list(range(10_000, 10_400))}]})
    assert autotask.call("GET", "Companies/query", search=search).status_code == 404


def test_picklist_values_are_texts_and_some_are_inactive(autotask: Autotask) -> None:
    fields = {item["name"]: item for item in autotask.call("GET", "tickets/entityinformation/FIELDS").json()["fields"]}
    status = fields["status"]["picklistValues"]
    assert {"value": "1", "label": "New"}.items() <= next(item for item in status if item["value"] == "1").items()
    assert any(not item["isActive"] for item in fields["queueID"]["picklistValues"])
    assert fields["externalID"]["isQueryable"]
    assert fields["title"]["isRequired"]
    assert fields["title"]["length"] == 255


def test_entity_information_tells_what_can_be_done(autotask: Autotask) -> None:
    units = autotask.call("GET", "ContractServiceUnits/entityInformation").json()["info"]
    assert (units["canQuery"], units["canCreate"], units["canDelete"]) == (True, False, False)
    adjustments = autotask.call("GET", "ContractServiceAdjustments/entityInformation").json()["info"]
    assert (adjustments["canQuery"], adjustments["canCreate"]) == (False, True)


def test_a_restricted_user_gets_empty_lists(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.hidden_entities.add("ContractServiceUnits")
    assert autotask.query("ContractServiceUnits")["items"] == []
    assert autotask.query("ContractServices")["items"]


def test_a_denied_entity_names_the_permission(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.switches.denied_entities.add("Contracts")
    answer = autotask.call("GET", "Contracts/query", search='{"filter":[{"op":"exist","field":"id"}]}')
    assert answer.status_code == 500
    assert "The logged in Resource does not have the adequate permissions" in answer.json()["errors"][0]
