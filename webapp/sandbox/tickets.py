"""The service desk of the Autotask stand-in: what technicians do with tickets in Autotask's own pages.

None of it is an API call, so the books do not note it. What a change of status brings with it is the same for technicians and
for the API (`follow_status`). Values: autotask-api.md, section 8.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .autotask_people import API_RESOURCE, ROLE, person

if TYPE_CHECKING:
    from .autotask_store import AutotaskStore

Row = dict[str, Any]
NEW, COMPLETE, IN_PROGRESS = 1, 5, 8
INTERNAL, TASK_NOTES = 1, 3


def follow_status(store: AutotaskStore, before: Row, row: Row, resource: int) -> None:
    """Fill in what Autotask itself keeps after a change: the last activity, and when and by whom the ticket was completed.

    A completed ticket that is opened again loses its completedDate.
    """
    moment = store.moment()
    row.update(lastActivityDate=moment, lastTrackedModificationDateTime=moment, lastActivityResourceID=resource)
    if row.get("status") == COMPLETE and before.get("status") != COMPLETE:
        row.update(completedDate=moment, completedByResourceID=resource, resolvedDateTime=moment)
    elif row.get("status") != COMPLETE and before.get("status") == COMPLETE:
        row.update(completedDate=None, completedByResourceID=None, resolvedDateTime=None)


def touch(store: AutotaskStore, ticket_id: int, resource: int) -> None:
    """A note was written: that is an activity of its ticket."""
    row = store.tables["Tickets"].get(ticket_id)
    if row is not None:
        row.update(lastActivityDate=store.moment(), lastActivityResourceID=resource)


class ServiceDesk:
    """The part of the state that works on tickets. The attributes are set by `State`.

    `resource` is a technician's id; where it may be left out, the first technician is meant (one is added where there is none).
    Methods raise LookupError for a ticket that is not there.
    """

    lock: threading.RLock
    autotask: AutotaskStore

    def changed(self) -> None:
        """Note that something was changed that a state file should hold."""
        raise NotImplementedError

    def add_technician(self, first: str = "Dana", last: str = "Albers", *, is_active: bool = True) -> int:
        """A person who can be assigned to tickets; gives the resource's id."""
        with self.lock:
            self.changed()
            return self.autotask.insert("Resources", person(first, last, is_active=is_active))

    def technicians(self) -> list[Row]:
        """Copies of the resources who are people, by id."""
        with self.lock:
            rows = self.autotask.tables["Resources"].values()
            return [dict(row) for row in rows if row["id"] != API_RESOURCE]

    def assign(self, ticket_id: int, resource: int | None = None) -> int:
        """Assign a technician, with a role; gives the technician's id."""
        with self.lock:
            resource = self._technician(resource)
            self.change_ticket(ticket_id, resource=resource, assignedResourceID=resource, assignedResourceRoleID=ROLE)
            return resource

    def unassign(self, ticket_id: int) -> None:
        """Take the assignment away."""
        self.change_ticket(ticket_id, assignedResourceID=None, assignedResourceRoleID=None)

    def write_note(
        self, ticket_id: int, text: str, resource: int | None = None, *, title: str = "", contact: int | None = None
    ) -> int:
        """A note by a technician, or by a person of the customer (`contact`, an id); gives the note's id."""
        with self.lock:
            self._ticket(ticket_id)
            writer = None if contact is not None else self._technician(resource)
            moment = self.autotask.moment()
            row = {"ticketID": ticket_id, "title": title, "description": text, "noteType": TASK_NOTES, "publish": INTERNAL}
            row |= {"creatorResourceID": writer, "createdByContactID": contact}
            row |= {"createDateTime": moment, "lastActivityDate": moment}
            note = self.autotask.insert("TicketNotes", row)
            touch(self.autotask, ticket_id, writer or API_RESOURCE)
            self.changed()
            return note

    def complete_ticket(self, ticket_id: int, resource: int | None = None) -> None:
        """Set the ticket to Complete."""
        self.change_ticket(ticket_id, resource=resource, status=COMPLETE)

    def reopen_ticket(self, ticket_id: int, resource: int | None = None, *, status: int = IN_PROGRESS) -> None:
        """Take a completed ticket up again."""
        self.change_ticket(ticket_id, resource=resource, status=status)

    def change_ticket(self, ticket_id: int, *, resource: int | None = None, **values: Any) -> None:
        """Set any fields of a ticket (vendor's names), unchecked, as a technician does."""
        with self.lock:
            row = self._ticket(ticket_id)
            before = dict(row)
            row.update(values)
            follow_status(self.autotask, before, row, self._technician(resource))
            self.changed()

    def delete_ticket(self, ticket_id: int) -> None:
        """Delete a ticket with its notes, as only a person can: the API has no way to."""
        with self.lock:
            self._ticket(ticket_id)
            tables = self.autotask.tables
            del tables["Tickets"][ticket_id]
            tables["TicketNotes"] = {key: row for key, row in tables["TicketNotes"].items() if row["ticketID"] != ticket_id}
            self.changed()

    def tickets(self, company_id: int | None = None) -> list[Row]:
        """Copies of the tickets (of one company), oldest first; fields that were never set are missing."""
        with self.lock:
            rows = self.autotask.tables["Tickets"].values()
            return [dict(row) for row in rows if company_id in (None, row["companyID"])]

    def notes(self, ticket_id: int | None = None) -> list[Row]:
        """Copies of the notes (of one ticket), oldest first."""
        with self.lock:
            rows = self.autotask.tables["TicketNotes"].values()
            return [dict(row) for row in rows if ticket_id in (None, row["ticketID"])]

    def _ticket(self, ticket_id: int) -> Row:
        row = self.autotask.tables["Tickets"].get(ticket_id)
        if row is None:
            raise LookupError(f"no such ticket: {ticket_id}")
        return row

    def _technician(self, resource: int | None) -> int:
        if resource is not None:
            return resource
        people = self.technicians()
        return int(people[0]["id"]) if people else self.add_technician()
