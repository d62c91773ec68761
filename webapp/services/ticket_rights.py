"""What ticket sync needs beyond usage sync, found out by the connection check: facts and sentences, never a failure of the check,
because many use Kontor for usage alone.

Facts as they are stored: ``may_acknowledge`` (Sophos) and ``ticket_rights`` (Autotask, by entity and right), each yes, no or
unknown. They are missing where nothing could be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.clients.errors import ApiError
from webapp.clients.sophos import SophosClient
from webapp.domain import Reason
from webapp.extensions import db
from webapp.models import Customer
from webapp.models import Mapping as CustomerMapping

YES, NO, UNKNOWN = "yes", "no", "unknown"
ENTITIES = ("Tickets", "TicketNotes")
_NEEDED = (
    ("Tickets", "read", "tickets_not_readable"),
    ("Tickets", "create", "tickets_not_creatable"),
    ("Tickets", "change", "tickets_not_changeable"),
    ("TicketNotes", "read", "ticket_notes_not_readable"),
    ("TicketNotes", "create", "ticket_notes_not_creatable"),
)
_ACKNOWLEDGE = {YES: "acknowledge_allowed", NO: "acknowledge_denied", UNKNOWN: "acknowledge_unknown"}


def place_to_ask() -> tuple[str, str] | None:
    """A customer's id and regional host, to ask there whether alerts may be acknowledged: one with ticket sync first, then one
    billed by usage, because Sophos refuses everything for term customers without partner assistance and for trials
    (sophos-api.md, section 8.2). None before the first refresh."""
    wanted = (
        select(Customer.id, Customer.api_host)
        .join(CustomerMapping, CustomerMapping.customer_id == Customer.id, isouter=True)
        .where(Customer.gone_at.is_(None), Customer.missing_refreshes == 0, Customer.api_host != "")
        .order_by(CustomerMapping.ticket_sync.is_not(True), Customer.billing_type != "usage", Customer.id)
        .limit(1)
    )
    row = db.session.execute(wanted).one_or_none()
    return (row.id, row.api_host) if row and row.api_host else None


def of_sophos(client: SophosClient, place: tuple[str, str] | None) -> dict[str, Any]:
    """The fact about acknowledging; nothing where there is no customer to ask for. Never fails."""
    if place is None:
        return {}
    try:
        return {"may_acknowledge": _word(client.may_acknowledge(*place))}
    except ApiError:
        return {"may_acknowledge": UNKNOWN}


def of_autotask(rights: Mapping[str, Mapping[str, bool | None]]) -> dict[str, Any]:
    """The facts about tickets and their notes."""
    return {"ticket_rights": {entity: {right: _word(may) for right, may in found.items()} for entity, found in rights.items()}}


def _word(may: bool | None) -> str:
    return UNKNOWN if may is None else YES if may else NO


def missing(facts: Mapping[str, Any]) -> bool:
    """Whether something that ticket sync needs is known not to be allowed."""
    return facts.get("may_acknowledge") == NO or bool(_denied(facts.get("ticket_rights") or {}))


def notes(facts: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What the facts of a system mean for ticket sync, as sentences of the catalogue."""
    keys: list[str] = []
    if word := facts.get("may_acknowledge"):
        keys.append(_ACKNOWLEDGE.get(word, _ACKNOWLEDGE[UNKNOWN]))
    if rights := facts.get("ticket_rights"):
        keys += _denied(rights) or [_all_or_unknown(rights)]
    return tuple(Reason(key) for key in keys)


def _denied(rights: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [key for entity, right, key in _NEEDED if rights.get(entity, {}).get(right) == NO]


def _all_or_unknown(rights: Mapping[str, Mapping[str, str]]) -> str:
    words = {rights.get(entity, {}).get(right, UNKNOWN) for entity, right, _key in _NEEDED}
    return "ticket_rights_there" if words == {YES} else "ticket_rights_unknown"
