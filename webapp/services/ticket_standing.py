"""How ticket sync stands, for one customer and for the whole installation: status, open tickets, open alerts without one. Only
reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select

from webapp.alerts import AlertState, TicketState
from webapp.context import now
from webapp.domain import ResultState, RunKind
from webapp.extensions import db
from webapp.models import AlertRow, Run, Ticket, TicketWatch
from webapp.models import Mapping as MappingRow
from webapp.services import ticket_watches

WITHOUT_TICKET = (AlertState.UNMAPPED, AlertState.SHOWN, AlertState.WAITING, AlertState.PLANNED, AlertState.IGNORED)
"""What an alert may be that is open and has no ticket, in the order in which it is shown."""
NOT_LET_IN = (AlertState.UNMAPPED, AlertState.SHOWN, AlertState.PLANNED)
"""What gets a ticket at switching on only if that is chosen."""
FRESH = timedelta(hours=24)
"""Alerts that were read longer ago are not known any more."""
_AT_ONCE = 500
_TICKETS = "tickets"


@dataclass(frozen=True)
class TicketStanding:
    """Ticket sync of one customer. ``status`` is succeeded or failed, with ``code`` and ``params`` as its cause; None before the
    first reading. ``open_tickets`` stand open in Autotask; ``alerts`` counts open alerts without a ticket by their state."""

    on: bool
    status: str | None = None
    status_at: datetime | None = None
    code: str | None = None
    params: Mapping[str, Any] | None = None
    read_at: datetime | None = None
    first_pass_at: datetime | None = None
    also_open: bool = False
    open_tickets: int = 0
    alerts: Mapping[str, int] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """What the status cell says: off, none (not read yet), failed or succeeded."""
        if not self.on:
            return "off"
        if self.status is None:
            return "none"
        return "failed" if self.status == ResultState.FAILED else "succeeded"

    @property
    def begins(self) -> bool:
        """It is on, and nothing was read yet: what is open already can still be chosen to get tickets."""
        return self.on and self.first_pass_at is None

    @property
    def by_state(self) -> Sequence[tuple[str, int]]:
        """The open alerts without a ticket, in the order in which they are shown."""
        return [(state.value, self.alerts[state]) for state in WITHOUT_TICKET if self.alerts.get(state)]


def columns() -> Mapping[str, Any]:
    """What a query that joins the watch has to select for ``of_row``."""
    return {
        "watch_status": TicketWatch.status,
        "watch_status_at": TicketWatch.status_at,
        "watch_code": TicketWatch.code,
        "watch_params": TicketWatch.params,
        "watch_read_at": TicketWatch.read_at,
        "watch_first_pass_at": TicketWatch.first_pass_at,
        "watch_also_open": TicketWatch.also_open,
    }


def of_row(row: dict[str, Any], counted: Mapping[str, Mapping[str, int]]) -> TicketStanding:
    """The standing in a row with ``columns``, which it takes out of the row; ``counted`` is what ``counts`` gave."""
    found = {name.removeprefix("watch_"): row.pop(name) for name in columns()}
    numbers = dict(counted.get(row["id"], {}))
    also_open, tickets = bool(found.pop("also_open")), numbers.pop(_TICKETS, 0)
    return TicketStanding(on=row["ticket_sync"], also_open=also_open, open_tickets=tickets, alerts=numbers, **found)


def counts(customer_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """For each of these customers, at most 500, its open tickets and its open alerts without a ticket by state; one query."""
    tickets = (
        select(Ticket.customer_id, literal(_TICKETS).label("what"), func.count().label("number"))
        .where(Ticket.customer_id.in_(customer_ids), Ticket.state == TicketState.OPEN)
        .group_by(Ticket.customer_id)
    )
    alerts = (
        select(AlertRow.customer_id, AlertRow.state, func.count())
        .where(AlertRow.customer_id.in_(customer_ids), AlertRow.gone_at.is_(None), AlertRow.state.in_(WITHOUT_TICKET))
        .group_by(AlertRow.customer_id, AlertRow.state)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for customer_id, what, number in db.session.execute(tickets.union_all(alerts)):
        found[customer_id][what] = number
    return found


def failed() -> ColumnElement[bool]:
    """Whether ticket sync of the mapping's customer is on and failed."""
    failing = select(TicketWatch.customer_id).where(TicketWatch.status == ResultState.FAILED)
    return and_(MappingRow.ticket_sync, MappingRow.customer_id.in_(failing))


# --- many customers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AlreadyOpen:
    """What is open already for customers that are to be switched: ``alerts`` as far as they were read in the last day, and for
    how many customers that is ``unknown``."""

    alerts: int = 0
    unknown: int = 0


def already_open(customer_ids: Sequence[str]) -> AlreadyOpen:
    """The alerts that would get tickets, or only be shown, when ticket sync of these customers is switched on."""
    alerts = known = 0
    for start in range(0, len(customer_ids), _AT_ONCE):
        some = customer_ids[start : start + _AT_ONCE]
        read = select(TicketWatch.customer_id).where(TicketWatch.customer_id.in_(some), TicketWatch.read_at >= now() - FRESH)
        fresh = list(db.session.scalars(read))
        known += len(fresh)
        counted = counts(fresh)
        alerts += sum(states.get(state, 0) for states in counted.values() for state in NOT_LET_IN)
    return AlreadyOpen(alerts, len(customer_ids) - known)


def open_tickets(customer_ids: Sequence[str]) -> int:
    """How many tickets of these customers stand open in Autotask."""
    batches = (customer_ids[start : start + _AT_ONCE] for start in range(0, len(customer_ids), _AT_ONCE))
    return sum(states.get(_TICKETS, 0) for some in batches for states in counts(some).values())


@dataclass(frozen=True)
class Overall:
    """Ticket sync of the installation. ``failed``: tickets that Autotask refused; ``unread``: customers with ticket sync on whose
    alerts could not be read at the last attempt; ``unmapped``: open alerts of customers without a company; ``last_pass``: when
    the last one ended."""

    open_tickets: int
    failed: int
    unread: int
    unmapped: int
    last_pass: datetime | None


def overall() -> Overall | None:
    """How it stands now; None where ticket sync is on for nobody."""
    if not ticket_watches.anyone():
        return None
    tickets = select(
        func.count().filter(Ticket.state == TicketState.OPEN), func.count().filter(Ticket.state == TicketState.FAILED)
    )
    open_, refused = db.session.execute(tickets.select_from(Ticket)).one()
    unread = (
        select(func.count())
        .select_from(TicketWatch)
        .join(MappingRow, MappingRow.customer_id == TicketWatch.customer_id)
        .where(MappingRow.ticket_sync, TicketWatch.status == ResultState.FAILED, TicketWatch.failures > 0)
    )
    unmapped = select(func.count()).where(AlertRow.state == AlertState.UNMAPPED, AlertRow.gone_at.is_(None))
    ended = select(func.max(Run.finished_at)).where(Run.kind == RunKind.TICKETS, Run.dry_run.is_(False))
    return Overall(
        open_tickets=open_,
        failed=refused,
        unread=db.session.scalar(unread) or 0,
        unmapped=db.session.scalar(unmapped) or 0,
        last_pass=db.session.scalar(ended),
    )
