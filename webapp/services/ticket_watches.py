"""Whose alerts are read, when, and how that went: the rows of ``ticket_watches``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from webapp.alerts import StepState
from webapp.context import now
from webapp.extensions import db
from webapp.models import Customer, TicketStep, TicketWatch
from webapp.models import Mapping as MappingRow

FORBIDDEN = ("alerts_forbidden", "permission_missing")
"""Codes of a customer that refuses for good: it is asked ever more rarely, at last once a day."""
_FIRST_REST = timedelta(hours=1)
_LONGEST_REST = timedelta(hours=24)
UNMAPPED_EVERY = timedelta(hours=1)
"""How often the alerts of customers without a company are counted."""


@dataclass(frozen=True)
class Watched:
    """A customer whose alerts are to be read. ``mapped``: it has a company and ticket sync on."""

    customer_id: str
    name: str
    api_host: str | None
    company_id: int | None
    contract_id: int | None
    mapped: bool


def switched(mapping: MappingRow, *, on: bool) -> None:
    """Ticket sync was switched on or off for this customer; what is open when it is next read is only shown. Caller commits."""
    watch = _watch(mapping.customer_id)
    watch.switched_on_at = now() if on else None
    watch.first_pass_at, watch.also_open, watch.next_at, watch.failures = None, False, None, 0
    watch.status, watch.status_at, watch.code, watch.params = None, None, None, {}


def also_open(customer_id: str, *, wanted: bool = True) -> None:
    """Whether what is open already at the first reading gets tickets too. The caller commits."""
    _watch(customer_id).also_open = wanted


def _watch(customer_id: str) -> TicketWatch:
    found = db.session.get(TicketWatch, customer_id)
    if found is None:
        found = TicketWatch(customer_id=customer_id, params={}, failures=0, also_open=False)
        db.session.add(found)
        db.session.flush()
    return found


def get(customer_id: str) -> TicketWatch | None:
    return db.session.get(TicketWatch, customer_id)


def due(scope: Sequence[str] | None) -> list[Watched]:
    """The customers to read, the longest unread first; those without a company, which are only counted, after all others.
    With ``scope`` these and no others, also before their time. Reads only."""
    moment = now()
    on, unmapped = MappingRow.ticket_sync, MappingRow.company_id.is_(None)
    if scope is None:
        rested = or_(TicketWatch.next_at.is_(None), TicketWatch.next_at <= moment)
        seldom = or_(TicketWatch.read_at.is_(None), TicketWatch.read_at <= moment - UNMAPPED_EVERY)
        wanted = and_(rested, or_(on, and_(unmapped, seldom)) if anyone() else on)
    else:
        wanted = and_(or_(on, unmapped), Customer.id.in_(scope))
    found = db.session.execute(
        select(Customer, MappingRow, TicketWatch.read_at)
        .join(MappingRow, MappingRow.customer_id == Customer.id)
        .outerjoin(TicketWatch, TicketWatch.customer_id == Customer.id)
        .where(wanted, Customer.gone_at.is_(None))
        .order_by(on.desc(), TicketWatch.read_at.is_not(None), TicketWatch.read_at, Customer.id)
    )
    return [
        Watched(customer.id, customer.shown_name, customer.api_host, mapping.company_id, mapping.contract_id, mapping.ticket_sync)
        for customer, mapping, _read_at in found
    ]


def anyone() -> bool:
    """Whether ticket sync is on for anybody. Reads only."""
    return db.session.scalar(select(MappingRow.customer_id).where(MappingRow.ticket_sync).limit(1)) is not None


def read_well(customer: Watched) -> None:
    """All open alerts of the customer were read. The caller commits."""
    watch, moment = _watch(customer.customer_id), now()
    watch.read_at, watch.next_at, watch.failures = moment, None, 0
    if customer.mapped and watch.first_pass_at is None:
        watch.first_pass_at = moment
    _stand(watch, None, {})


def read_badly(customer_id: str, code: str, params: Mapping[str, Any]) -> None:
    """The alerts of the customer could not be read. The caller commits."""
    watch = _watch(customer_id)
    watch.read_at, watch.failures = now(), watch.failures + 1
    if code in FORBIDDEN:
        rest = min(_LONGEST_REST, _FIRST_REST * 2 ** min(watch.failures - 1, 5))
        watch.next_at = now() + rest
    _stand(watch, code, dict(params))


def show_steps(customer_id: str) -> None:
    """Bring the status up to date after steps were taken: one that was refused, or that Autotask
    had no time or no right for, makes it failed. The caller commits."""
    watch = _watch(customer_id)
    if watch.status == "failed" and watch.failures:
        return
    held_up = and_(TicketStep.state == StepState.PLANNED, TicketStep.code.is_not(None))
    failed = db.session.scalar(
        select(TicketStep)
        .where(TicketStep.customer_id == customer_id, or_(TicketStep.state == StepState.FAILED, held_up))
        .order_by(TicketStep.id.desc())
        .limit(1)
    )
    _stand(watch, failed.code if failed else None, failed.params if failed else {})


def _stand(watch: TicketWatch, code: str | None, params: Mapping[str, Any]) -> None:
    watch.status, watch.status_at = ("failed" if code else "successful"), now()
    watch.code, watch.params = code, dict(params)
