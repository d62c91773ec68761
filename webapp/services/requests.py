"""What people and schedules ask for: a sync or a refresh, now. Opens the run, commits, and only then tells the queue."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from webapp import queueing
from webapp.context import today
from webapp.domain import Month, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Customer, Mapping, Run, RunResult
from webapp.services import connections, run_results, runs

TEST = "test"
"""The purpose of a ticket run that only makes a test ticket."""


def request_run(
    *,
    kind: RunKind,
    trigger: str,
    by: str,
    customer_ids: Sequence[str] | None = None,
    month: Month | None = None,
    dry_run: bool = False,
    closed: bool = False,
) -> Run:
    """A run for everybody or the chosen customers; one that already waits for the same is given back. Commits, then enqueues.

    ``month``: which month's usage, None for the running one. ``dry_run``: it reads and plans, and posts nothing. ``closed``: the
    month is planned as closed. Raises Refused: not_connected, month_in_future, customer_unknown, not_eligible (none of the chosen
    takes part in usage sync).
    """
    if not connections.both_connected():
        raise Refused("not_connected")
    if month and month.first_day > today():
        raise Refused("month_in_future", "month", month=str(month))
    if customer_ids is not None:
        customer_ids = list(dict.fromkeys(customer_ids))
        known(customer_ids)
        if kind is RunKind.USAGE and not eligible(customer_ids):
            raise Refused("not_eligible", customer=_names(customer_ids))
    month_text = str(month) if month else None
    run = runs.active(kind, customer_ids, month=month_text, dry_run=dry_run, closed=closed) or runs.open_run(
        kind=kind, trigger=trigger, by=by, scope=customer_ids, month=month_text, dry_run=dry_run, closed=closed
    )
    if kind is RunKind.USAGE and customer_ids is not None:
        skip_the_rest(run, customer_ids)
    run_id = run.id  # read before the commit: asking the row again would leave a transaction open while the queue answers
    db.session.commit()
    queueing.enqueue_run(run_id)
    return run


def request_like(run_id: int, *, by: str) -> Run:
    """A sync for the customers of that (dry) run; the close of its month where it planned one. Raises NotFound and what
    ``request_run`` raises."""
    run = runs.get(run_id)
    scope = list(run.scope) if run.scope is not None else None
    month = Month.parse(run.month) if run.closed and run.month else None
    return request_run(kind=RunKind.USAGE, trigger="web", by=by, customer_ids=scope, month=month, closed=run.closed)


def request_test_ticket(*, customer_id: str, by: str) -> Run:
    """A run that makes a test ticket for this customer and completes it; one that already waits for that is given back.
    Commits, then enqueues. Raises Refused: not_connected, customer_unknown, company_missing."""
    if not connections.both_connected():
        raise Refused("not_connected")
    known([customer_id])
    mapping = db.session.get(Mapping, customer_id)
    if mapping is None or mapping.company_id is None:
        raise Refused("company_missing", "customer")
    run = runs.active(RunKind.TICKETS, [customer_id], purpose=TEST) or runs.open_run(
        kind=RunKind.TICKETS, trigger="web", by=by, scope=[customer_id], purpose=TEST
    )
    run_id = run.id
    db.session.commit()
    queueing.enqueue_run(run_id)
    return run


def refresh_once_connected(*, by: str) -> bool:
    """Read customers and contracts as soon as both systems are connected, so that nobody waits for the night; says whether a
    refresh was asked for. As ``request_run``, call it after the commit."""
    if not connections.both_connected():
        return False
    request_run(kind=RunKind.REFRESH, trigger="web", by=by)
    return True


def known(customer_ids: Sequence[str]) -> None:
    """Raises Refused(customer_unknown) for the first id that no customer has. Reads only."""
    found = set(db.session.scalars(select(Customer.id)))
    for customer_id in customer_ids:
        if customer_id not in found:
            raise Refused("customer_unknown", "customer", customer=customer_id)


def eligible(customer_ids: Sequence[str]) -> list[str]:
    """Those of the chosen customers that take part in usage sync. Reads only."""
    takes_part = select(Mapping.customer_id).where(Mapping.usage_sync.is_(True), Mapping.contract_id.is_not(None))
    found = set(db.session.scalars(takes_part))
    return [customer_id for customer_id in customer_ids if customer_id in found]


def skip_the_rest(run: Run, customer_ids: Sequence[str]) -> None:
    """Note the chosen customers that take no part in the run as skipped. Flushes."""
    takes_part = set(eligible(customer_ids))
    already = set(db.session.scalars(select(RunResult.customer_id).where(RunResult.run_id == run.id)))
    for customer_id in dict.fromkeys(customer_ids):
        if customer_id in takes_part or customer_id in already:
            continue
        customer = db.session.get(Customer, customer_id)
        assert customer is not None
        run_results.skip(run.id, customer_id, customer.shown_name)


def _names(customer_ids: Sequence[str]) -> str:
    """The names of the chosen customers for a sentence, the first three of many."""
    found = [customer.shown_name for id in customer_ids[:3] if (customer := db.session.get(Customer, id))]
    return ", ".join(found) + (" …" if len(customer_ids) > 3 else "")
