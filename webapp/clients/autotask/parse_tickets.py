"""PURE: tickets, their notes and fields as values of webapp/alerts.py (autotask-api.md, sections 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.alerts import Choice, NoteSeen, TicketField, TicketSeen
from webapp.clients.autotask.parse import SYSTEM, required
from webapp.clients.causes import NO_LIST
from webapp.clients.errors import BadAnswer
from webapp.clients.values import flag, identifier, moment, text, whole

_LARGEST_NOTE = 32_000
_LARGEST_VALUE = 2**63


def ticket(item: Mapping[str, Any]) -> TicketSeen:
    """``Tickets``. Only the id is required."""
    return TicketSeen(
        id=required(item, "id"),
        number=text(item.get("ticketNumber"), 50) or "",
        title=text(item.get("title"), 255) or "",
        status=whole(item.get("status")),
        company_id=identifier(item.get("companyID")),
        queue_id=identifier(item.get("queueID")),
        assigned=bool(identifier(item.get("assignedResourceID"))),
        completed_at=moment(item.get("completedDate")),
        key=text(item.get("externalID"), 100) or "",
        creator_id=identifier(item.get("creatorResourceID")),
    )


def note(item: Mapping[str, Any]) -> NoteSeen:
    """``TicketNotes``. The text comes on one line."""
    return NoteSeen(
        id=required(item, "id"),
        ticket_id=required(item, "ticketID"),
        title=text(item.get("title"), 250) or "",
        text=text(item.get("description"), _LARGEST_NOTE) or "",
        resource_id=identifier(item.get("creatorResourceID")),
        contact_id=identifier(item.get("createdByContactID")),
    )


def fields(body: Mapping[str, Any]) -> tuple[TicketField, ...]:
    """The answer of ``entityInformation/fields``. What has no name is left out. Raises BadAnswer where there is no list."""
    rows = body.get("fields")
    if not isinstance(rows, list):
        raise BadAnswer(SYSTEM, cause=NO_LIST)
    return tuple(_field(row, name) for row in rows if isinstance(row, dict) and (name := text(row.get("name"), 100)))


def _field(row: Mapping[str, Any], name: str) -> TicketField:
    values = row.get("picklistValues")
    found = [_choice(value) for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    return TicketField(
        name=name,
        required=flag(row.get("isRequired"), default=False),
        read_only=flag(row.get("isReadOnly"), default=False),
        queryable=flag(row.get("isQueryable"), default=True),
        length=whole(row.get("length")) or None,
        choices=tuple(choice for choice in found if choice is not None),
    )


def _choice(row: Mapping[str, Any]) -> Choice | None:
    """One value of a picklist: a text here, an integer in the entity. None where it is no whole number."""
    value = _value(row.get("value"))
    if value is None:
        return None
    return Choice(
        value=value,
        label=text(row.get("label"), 255) or f"#{value}",
        active=flag(row.get("isActive"), default=True),
        is_default=flag(row.get("isDefaultValue"), default=False),
        is_system=flag(row.get("isSystem"), default=False),
        parent=_value(row.get("parentValue")),
    )


def _value(value: Any) -> int | None:
    """Larger than a quantity may be: picklist values are database ids."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        digits = value.strip()
        if not digits.isascii() or not digits.removeprefix("-").isdigit() or len(digits) > 19:
            return None
        value = int(digits)
    return value if isinstance(value, int) and abs(value) < _LARGEST_VALUE else None
