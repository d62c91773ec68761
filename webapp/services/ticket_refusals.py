"""PURE: what a refusal of Autotask means for a ticket: which field it is about, and where that can be given."""

from __future__ import annotations

import re
from collections.abc import Collection

PLACES = {
    "queueid": "ticket_queue",
    "priority": "ticket_priority",
    "source": "ticket_source",
    "status": "rule",
    "ticketcategory": "rule",
    "issuetype": "rule",
    "subissuetype": "rule",
    "duedatetime": "rule",
    "contractid": "rule",
    "companyid": "mapping",
    "title": "ticket_title",
    "description": "ticket_text",
}
"""Field of Tickets -> where Kontor's user gives it: a setting, a rule, the mapping. Every other field: ``ticket_more_fields``."""
_REQUIRED = re.compile(
    r"\b(required|missing|mandatory|must be (set|given|specified|supplied)|cannot be (null|empty|blank))\b", re.IGNORECASE
)
_EVERYDAY = frozenset({"priority", "source", "status", "title", "description"})
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def refusal(text: str, *, fields: Collection[str] = (), sent: Collection[str] = ()) -> tuple[str, dict[str, str]]:
    """Code and params of Autotask's text: ``ticket_field_required`` where it asks for a field that was not sent (``field``, and
    ``place`` where it can be given), else ``ticket_refused``. ``fields``: the names of fields that this Autotask knows; ``sent``:
    those that were sent."""
    field = _field(text, fields)
    place = PLACES.get(field.lower(), "ticket_more_fields") if field else ""
    absent = bool(field) and field.lower() not in {name.lower() for name in sent}
    code = "ticket_field_required" if absent or (field and _REQUIRED.search(text)) else "ticket_refused"
    return code, {"text": text, "field": field, "place": place}


def _field(text: str, fields: Collection[str]) -> str:
    """The field that the text names; empty where it names none. Names that are everyday words count only where no other is."""
    names = {name.lower() for name in fields} | set(PLACES)
    named = [word for word in _WORD.findall(text) if word.lower() in names]
    return next((word for word in named if word.lower() not in _EVERYDAY), named[0] if named else "")
