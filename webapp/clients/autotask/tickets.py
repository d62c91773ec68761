"""Tickets and their notes: what Kontor asks about them, and the three things it writes (autotask-api.md, sections 6 and 8).

Each writing is one request, and its outcome says what is known (webapp/clients/autotask/write_once.py). Here a 500 with an
unknown text in its ``errors`` is mostly what a category or a required field asks for; it stays ``UNKNOWN`` with ``answered``,
because an unknown text proves nothing: a query by ``externalID`` tells whether the ticket is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from webapp.alerts import NoteSeen, TicketField, TicketSeen
from webapp.clients.autotask import parse, parse_tickets
from webapp.clients.autotask.basic import SYSTEM, AutotaskBasic
from webapp.clients.autotask.lists import EVERY_ROW, among
from webapp.clients.autotask.write_once import write_once
from webapp.clients.causes import NOT_WHAT_WAS_ASKED
from webapp.clients.errors import ApiError, BadAnswer, NotFound, PermissionMissing
from webapp.clients.values import cut
from webapp.domain import PostOutcome

TICKETS, NOTES = "Tickets", "TicketNotes"
TITLE, DESCRIPTION, RESOLUTION, KEY = 255, 8000, 32_000, 50
"""The longest texts of a ticket (section 8). They are the caller's to keep on create; a longer one is refused."""
NOTE_TITLE, NOTE_TEXT = 250, 32_000
_NOTE_TYPE = _PUBLISH = 1  # what the vendor's examples send (section 6)


def _always() -> bool:
    """There is no other limit than the seconds."""
    return True


class AutotaskTickets:
    """Tickets of one Autotask. ``seconds`` is how long one writing may take in all."""

    def __init__(self, basic: AutotaskBasic, seconds: float) -> None:
        self._basic = basic
        self._seconds = seconds

    def __repr__(self) -> str:
        return "<AutotaskTickets>"

    def by_ids(self, ids: Iterable[int]) -> Iterator[tuple[TicketSeen, ...]]:
        """The tickets with these ids, page by page; those that are gone are missing. Raises ApiError."""
        return among(self._basic, TICKETS, parse_tickets.ticket, values=ids)

    def by_keys(self, keys: Iterable[str]) -> Iterator[tuple[TicketSeen, ...]]:
        """The tickets with one of these ``externalID``. Autotask does not keep them apart: one key may come several times, and
        it may compare without case."""
        return among(self._basic, TICKETS, parse_tickets.ticket, values=keys, field="externalID")

    def get(self, ticket_id: int) -> TicketSeen | None:
        """One ticket; None where there is none: an empty item, or 404 (section 3). Raises ApiError."""
        try:
            body = self._basic.get(f"{TICKETS}/{ticket_id}", entity=TICKETS)
        except NotFound:
            return None
        item = body.get("item", False)
        if item is None:
            return None
        if not isinstance(item, dict) or (found := parse_tickets.ticket(item)).id != ticket_id:
            raise BadAnswer(SYSTEM, cause=NOT_WHAT_WAS_ASKED)
        return found

    def any_seen(self) -> bool:
        """Whether this user can see any ticket at all. Raises ApiError."""
        body = self._basic.ask(f"{TICKETS}/query", {"MaxRecords": 1, "Filter": [EVERY_ROW]}, entity=TICKETS)
        return isinstance(body, dict) and bool(body.get("items"))

    def notes(self, ticket_ids: Iterable[int]) -> Iterator[tuple[NoteSeen, ...]]:
        """All notes of these tickets. Raises ApiError."""
        return among(self._basic, NOTES, parse_tickets.note, values=ticket_ids, field="ticketID")

    def fields(self) -> tuple[TicketField, ...]:
        """The fields of Tickets with their picklists, values no longer in use included. Raises ApiError."""
        return parse_tickets.fields(self._basic.get(f"{TICKETS}/entityInformation/fields", entity=TICKETS))

    def create(self, fields: Mapping[str, Any], timely: Callable[[], bool] = _always) -> PostOutcome:
        """One new ticket with these fields, named as Autotask names them. Empty (None) ones are left out: a null in the body of
        a create brings an error without explanation (section 5). ``item_id`` is the new ticket's id."""
        body = {name: value for name, value in fields.items() if value is not None}
        return self._write("POST", TICKETS, TICKETS, body, timely)

    def add_note(self, ticket_id: int, title: str, text: str, timely: Callable[[], bool] = _always) -> PostOutcome:
        """One note on a ticket, cut to what a note may hold. There is no route for notes at the root (section 5)."""
        texts = {"title": cut(title, NOTE_TITLE), "description": cut(text, NOTE_TEXT)}
        body = {**texts, "noteType": _NOTE_TYPE, "publish": _PUBLISH}
        return self._write("POST", f"{TICKETS}/{ticket_id}/Notes", NOTES, body, timely)

    def set_status(
        self, ticket_id: int, status: int, resolution: str | None, timely: Callable[[], bool] = _always
    ) -> PostOutcome:
        """Status, and the resolution where one is given; everything else of the ticket stays (section 5). Safe to repeat."""
        body: dict[str, Any] = {"id": ticket_id, "status": status}
        if resolution is not None:
            body["resolution"] = cut(resolution, RESOLUTION)
        return self._write("PATCH", TICKETS, TICKETS, body, timely)

    def _write(self, method: str, path: str, entity: str, body: Mapping[str, Any], timely: Callable[[], bool]) -> PostOutcome:
        return write_once(self._basic, path=path, entity=entity, body=body, seconds=self._seconds, timely=timely, method=method)

    def rights(self, entity: str) -> Mapping[str, bool | None]:
        """Whether this user may ``read``, ``create`` and ``change`` the ``entity`` (Tickets, TicketNotes); None where that could
        not be found out. Never raises ApiError: it is asked for information only."""
        info: Any = None
        may_read: bool | None = None
        try:
            info = self._basic.get(f"{entity}/entityInformation", entity=entity)
            self._basic.ask(f"{entity}/query", {"MaxRecords": 1, "Filter": [EVERY_ROW]}, entity=entity)
            may_read = parse.allowed(info, "Query") is not False
        except PermissionMissing:
            may_read = False
        except ApiError:
            may_read = None
        return {"read": may_read, "create": parse.allowed(info, "Create"), "change": parse.allowed(info, "Update")}
