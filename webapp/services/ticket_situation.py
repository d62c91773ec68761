"""What the plan of tickets needs to know of one customer, gathered from the database; and what the settings say. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from webapp.alerts import Alert, AlertState, TicketKind, TicketState
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, Ticket
from webapp.services import preferences, rule_list, ticket_watches
from webapp.services.ticket_rules import Rule
from webapp.services.ticket_watches import Watched
from webapp.services.tickets_plan import HOUR, Known, Situation, trouble_of

HOLDS = (TicketState.OPENING, TicketState.OPEN, TicketState.FAILED)
"""States of a ticket in which it holds its trouble."""
_A_PAGE = 500


@dataclass(frozen=True)
class Policy:
    """What the settings say of ticket sync, the same for a whole pass."""

    rules: tuple[Rule, ...]
    burst: int
    reopen: bool
    reopen_days: int
    may_post: bool


def policy(*, may_post: bool) -> Policy:
    """The settings and rules as they are now."""
    return Policy(
        rules=rule_list.all_rules(),
        burst=preferences.number("ticket_burst"),
        reopen=preferences.get("ticket_reopen") == "reopen",
        reopen_days=preferences.number("ticket_reopen_days"),
        may_post=may_post,
    )


def situation(customer: Watched, alerts: Sequence[Alert], policy: Policy) -> Situation:
    """All that the verdicts on these open alerts depend on."""
    watch = ticket_watches.get(customer.customer_id)
    troubles = {trouble_of(alert) for alert in alerts}
    return Situation(
        now=now(),
        rules=policy.rules,
        mapped=customer.mapped,
        first_pass=watch is None or watch.first_pass_at is None,
        also_open=watch is not None and watch.also_open,
        may_post=policy.may_post,
        known=_known([alert.id for alert in alerts]),
        holding=_holding(customer.customer_id, troubles),
        past=_past(customer.customer_id, troubles, policy.reopen_days),
        burst_ticket=_burst_ticket(customer.customer_id),
        recent=_recent(customer.customer_id, alerts),
        burst=policy.burst,
        reopen=policy.reopen,
        reopen_days=policy.reopen_days,
    )


def _known(ids: Sequence[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    columns = (AlertRow.id, AlertRow.state, AlertRow.first_seen_at, AlertRow.ticket_id, AlertRow.gone_at)
    for start in range(0, len(ids), _A_PAGE):
        for row in db.session.execute(select(*columns).where(AlertRow.id.in_(ids[start : start + _A_PAGE]))):
            found[row.id] = Known(AlertState(row.state), row.first_seen_at, row.ticket_id, row.gone_at is not None)
    return found


def _holding(customer_id: str, troubles: set[str]) -> dict[str, int]:
    """Trouble -> the open ticket that was made for it; else the one that an alert of it belongs to."""
    found = db.session.execute(
        select(AlertRow.trouble, AlertRow.ticket_id)
        .join(Ticket, Ticket.id == AlertRow.ticket_id)
        .where(AlertRow.customer_id == customer_id, AlertRow.state == AlertState.TICKETED, Ticket.state.in_(HOLDS))
    )
    own = db.session.execute(select(Ticket.trouble, Ticket.id).where(Ticket.customer_id == customer_id, Ticket.state.in_(HOLDS)))
    return {trouble: ticket_id for trouble, ticket_id in (*found, *own) if trouble in troubles}


def _past(customer_id: str, troubles: set[str], days: int) -> dict[str, tuple[int, datetime]]:
    """Trouble -> its ticket completed last, not longer ago than ``days``."""
    found = db.session.execute(
        select(Ticket.trouble, Ticket.id, Ticket.completed_at)
        .where(
            Ticket.customer_id == customer_id,
            Ticket.kind == TicketKind.ALERT,
            Ticket.state == TicketState.COMPLETED,
            Ticket.completed_at >= now() - timedelta(days=days),
        )
        .order_by(Ticket.completed_at)
    )
    return {row.trouble: (row.id, row.completed_at) for row in found if row.trouble in troubles}


def _burst_ticket(customer_id: str) -> int | None:
    return db.session.scalar(
        select(Ticket.id).where(Ticket.customer_id == customer_id, Ticket.kind == TicketKind.BURST, Ticket.state.in_(HOLDS))
    )


def _recent(customer_id: str, alerts: Sequence[Alert]) -> list[datetime]:
    """When those alerts were raised that opened tickets around the time of the oldest new one, one for each trouble."""
    if not alerts:
        return []
    since = min(alert.raised_at for alert in alerts) - HOUR
    return list(
        db.session.scalars(
            select(func.min(AlertRow.raised_at))
            .where(
                AlertRow.customer_id == customer_id,
                AlertRow.ticket_id.is_not(None),
                or_(AlertRow.state == AlertState.TICKETED, AlertRow.state == AlertState.OVER),
                AlertRow.raised_at >= since,
            )
            .group_by(AlertRow.trouble)
        )
    )
