"""Creating and changing rows in the Autotask stand-in (autotask-api.md, sections 5 to 8)."""

from __future__ import annotations

from typing import Any

from .autotask_errors import (
    DUPLICATE_SERVICE,
    ROLE_MISSING,
    Rule,
    field_needed,
    unknown_picklist,
    unknown_reference,
    wrong_json,
)
from .autotask_fields import ENTITIES, Entity, Field
from .autotask_info import accepts
from .autotask_people import API_RESOURCE
from .autotask_query import moment_of
from .autotask_store import FIRST_IDS, RECURRING_SERVICE, AutotaskStore, day_of, day_text
from .books import NoteMade, StatusChange, TicketMade
from .tickets import COMPLETE, follow_status, touch

Row = dict[str, Any]


def read_body(entity: Entity, body: Any, creating: bool) -> Row:
    """The body with the vendor's field names and types. Unknown names are ignored, wrong types refused.

    A null in a create body gives an unexplained 500 (section 5).
    """
    if not isinstance(body, dict):
        raise wrong_json(body)
    values: Row = {}
    for name, value in body.items():
        found = entity.field(str(name))
        if creating and value is None:
            raise Rule(None)
        if found is not None:
            values[found.name] = None if value is None else _typed(found, value)
        elif str(name).lower() == "userdefinedfields":
            values["userDefinedFields"] = value
    return values


def _typed(found: Field, value: Any) -> Any:
    if found.kind in ("int", "long"):
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_json(value)
    elif found.kind == "dec":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong_json(value)
        return float(value)
    elif found.kind == "bool":
        if not isinstance(value, bool):
            raise wrong_json(value)
    elif found.kind == "date":
        try:
            moment = moment_of(found, str(value))
        except ValueError:
            raise wrong_json(value) from None
        return day_text(moment.date()) if found.day else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    else:
        return _text(found, value)
    return value


def _text(found: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_json(value)
    if found.length and len(value) > found.length:
        # Lengths are documented, the text of this refusal is not.
        raise Rule(f"{found.name}: the maximum length is {found.length} characters.")
    return value


def create(store: AutotaskStore, entity: Entity, values: Row, request: int) -> int | None:
    """Create a row; its id, or None for an adjustment, whose answer has `itemId: null`. Raises Rule."""
    if entity.name == "ContractServiceAdjustment":
        if not values.get("effectiveDate"):
            raise unknown_picklist("effectiveDate")
        store.adjust(values, request)
        return None
    values = {name: value for name, value in values.items() if not _set_by_system(entity, name)}
    _check_required(entity, values)
    _check_values(store, entity, values)
    if entity.name == "ContractService":
        return _create_line(store, values)
    row = {**values, **_added(store, entity, values)}
    row_id = store.insert(entity.plural, row)
    _note_made(store, entity, {"id": row_id, **row}, request)
    return row_id


def _note_made(store: AutotaskStore, entity: Entity, row: Row, request: int) -> None:
    if entity.name == "Ticket":
        store.books.tickets.append(TicketMade.of(row, request, store.moment()))
    elif entity.name == "TicketNote":
        store.books.notes.append(NoteMade(request, row["id"], row["ticketID"], row["description"], store.moment()))
        touch(store, row["ticketID"], API_RESOURCE)


def update(store: AutotaskStore, entity: Entity, values: Row, request: int, replace: bool) -> int:
    """PATCH, or PUT (`replace`), which empties what is left out. Read-only fields stay as they are. Raises Rule."""
    row = store.tables[entity.plural].get(values.get("id") or 0)
    if row is None:
        raise Rule("No matching records found.")
    changed = {name: value for name, value in values.items() if name != "id" and not _is_read_only(entity, name)}
    if replace:
        kept = {name: value for name, value in row.items() if name == "id" or _is_read_only(entity, name)}
        _check_required(entity, {**kept, **changed})
    else:
        kept = dict(row)
    _check_values(store, entity, {**kept, **changed}, only=set(changed))
    before = dict(row)
    row.clear()
    row.update({**kept, **changed})
    _after_update(store, entity, before, row, request)
    return int(row["id"])


def _is_read_only(entity: Entity, name: str) -> bool:
    found = entity.field(name)
    if entity.name == "BillingItem":
        return name != "webServiceDate"
    return found is not None and found.read_only


def _set_by_system(entity: Entity, name: str) -> bool:
    """Read-only fields that cannot be given on create either (contractPeriodType and the references can)."""
    found = entity.field(name)
    return found is not None and found.read_only and not found.required and name != "contractPeriodType"


def _check_required(entity: Entity, values: Row) -> None:
    for found in entity.fields.values():
        if found.required and values.get(found.name) in (None, ""):
            raise unknown_picklist(found.name)


def _check_values(store: AutotaskStore, entity: Entity, values: Row, only: set[str] | None = None) -> None:
    names = set(values) if only is None else only
    for name in names:
        found = entity.field(name)
        if found and found.picklist and values[name] is not None and not accepts(entity, found, values[name], store.switches):
            raise unknown_picklist(name)
    for name, plural in (("companyID", "Companies"), ("contractID", "Contracts"), ("serviceID", "Services")):
        if name in names and values[name] is not None:
            _check_reference(store, name, plural, values[name])
    if entity.name == "Ticket":
        _check_ticket(store, values, names)
    if entity.name == "Service" and "name" in names:
        same = [row for row in store.tables["Services"].values() if row["name"] == values["name"]]
        if any(row["id"] != values.get("id") for row in same):
            raise Rule(DUPLICATE_SERVICE)


def _check_reference(store: AutotaskStore, name: str, plural: str, wanted: int) -> None:
    row = store.tables[plural].get(wanted)
    if row is None or row.get("isActive") is False:
        raise unknown_reference(name, ENTITIES[plural.lower()].name)


def _check_ticket(store: AutotaskStore, values: Row, names: set[str]) -> None:
    """Assignment and what the category makes mandatory. The text for a resource who cannot be assigned is not recorded."""
    if (values.get("assignedResourceID") is None) != (values.get("assignedResourceRoleID") is None):
        raise Rule(ROLE_MISSING)
    for name in store.switches.ticket_required_fields:
        if values.get(name) is None:
            raise field_needed(name, store.switches.required_field_text)
    technician = values.get("assignedResourceID")
    if technician is not None and "assignedResourceID" in names:
        if technician == API_RESOURCE:
            raise unknown_reference("assignedResourceID", "Resource")
        _check_reference(store, "assignedResourceID", "Resources", technician)


def _create_line(store: AutotaskStore, values: Row) -> int:
    contract = store.tables["Contracts"][values["contractID"]]
    if contract["contractType"] != RECURRING_SERVICE:
        raise unknown_reference("contractID", "Contract")
    return store.add_line(contract["id"], values["serviceID"], 0)


def _added(store: AutotaskStore, entity: Entity, values: Row) -> Row:
    """What Autotask itself fills in."""
    moment = store.moment()
    if entity.name == "Ticket":
        return _added_to_ticket(store, values, moment)
    if entity.name in ("TicketNote", "ContractNote"):
        creator = {"creatorResourceID": API_RESOURCE} if entity.field("creatorResourceID") else {}
        return {"createDateTime": moment, "lastActivityDate": moment, **creator}
    if entity.name == "Contract" and day_of(values["endDate"]) < day_of(values["startDate"]):
        raise Rule("endDate must not be before startDate.")  # own wording
    return {"isActive": values.get("isActive", True)} if entity.field("isActive") else {}


def _added_to_ticket(store: AutotaskStore, values: Row, moment: str) -> Row:
    """Numbers are never given twice, even where tickets were deleted."""
    place = store.counters["Tickets"] - FIRST_IDS["Tickets"] + 1
    added: Row = {"ticketNumber": f"T{store.now():%Y%m%d}.{place:04d}", "createDate": moment}
    added |= {"creatorResourceID": API_RESOURCE, "lastActivityResourceID": API_RESOURCE, "lastActivityDate": moment}
    if values.get("status") == COMPLETE:
        added |= {"completedDate": moment, "completedByResourceID": API_RESOURCE, "resolvedDateTime": moment}
    return added


def _after_update(store: AutotaskStore, entity: Entity, before: Row, row: Row, request: int) -> None:
    moment = store.moment()
    if entity.name == "Contract":
        row["lastModifiedDateTime"] = moment
        if (before["startDate"], before["endDate"]) != (row["startDate"], row["endDate"]):
            store.contract_changed(row["id"])
    if entity.name == "Ticket":
        follow_status(store, before, row, API_RESOURCE)
        old, new = before.get("status"), row.get("status")
        if old != new:
            store.books.statuses.append(StatusChange(request, row["id"], old, new, moment))
    if entity.name == "TicketNote":
        row["lastActivityDate"] = moment
        touch(store, row["ticketID"], API_RESOURCE)
