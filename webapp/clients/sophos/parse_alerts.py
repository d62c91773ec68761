"""PURE: an open alert out of Sophos' answer (sophos-api.md, section 6.2). Only its id is required."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.alerts import Alert
from webapp.clients.causes import ROW_WITHOUT_ID
from webapp.clients.errors import BadAnswer
from webapp.clients.sophos.parse import SYSTEM
from webapp.clients.values import moment, text

_DESCRIPTION = 20_000
_GROUP_KEY = 4_000  # longer than 255 was recorded
_MOST_ACTIONS = 50


def alert(item: Any, customer_id: str, now: datetime) -> Alert:
    """``item`` as an alert of ``customer_id``; the customer that the item itself names is not read. ``raisedAt`` without a zone
    is UTC; where it is missing or no moment, ``now`` stands for it. Raises BadAnswer for an item without an id."""
    if not isinstance(item, dict) or not (found := text(item.get("id"), 100)):
        raise BadAnswer(SYSTEM, cause=ROW_WITHOUT_ID)
    return Alert(
        id=found.lower(),
        customer_id=customer_id,
        raised_at=moment(item.get("raisedAt")) or now,
        severity=_short(item, "severity").lower(),
        category=_short(item, "category"),
        product=_short(item, "product"),
        type=text(item.get("type"), 255) or "",
        description=text(item.get("description"), _DESCRIPTION) or "",
        group_key=text(item.get("groupKey"), _GROUP_KEY) or "",
        device_id=_short(item.get("managedAgent"), "id").lower(),
        device_name=text(_of(item.get("managedAgent"), "name"), 255) or "",
        device_type=_short(item.get("managedAgent"), "type"),
        person=text(_of(item.get("person"), "name"), 255) or "",
        allowed_actions=_actions(item.get("allowedActions")),
    )


def _short(part: Any, name: str) -> str:
    return text(_of(part, name), 100) or ""


def _of(part: Any, name: str) -> Any:
    """A field of an object that may be missing or something else."""
    return part.get(name) if isinstance(part, dict) else None


def _actions(values: Any) -> tuple[str, ...]:
    found = (text(value, 100) for value in values[:_MOST_ACTIONS]) if isinstance(values, list) else ()
    return tuple(dict.fromkeys(value for value in found if value))
