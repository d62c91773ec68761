"""What waits for when: the next billing day, the close of the month, and how many lines wait for them or for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from webapp.context import today
from webapp.domain import Billing, LineState, Month, RunKind, RunState
from webapp.extensions import db
from webapp.models import Change, ContractSetting, Mapping, Run, RunLine
from webapp.services import closing, preferences, ticket_standing
from webapp.services.billing_dates import Occasion
from webapp.services.usage_run import occasion_of


@dataclass(frozen=True)
class Waiting:
    """``billing_day``: the next one, None where no contract bills monthly. The close of ``close_month`` is from ``close_from`` to
    ``close_until``, and ``closing_now`` says that it is on; ``overdue``: a month that was not closed in its time.

    ``days``: how many lines wait until which day, in the last sync ``run``; ``lower``: how many are lower so far; ``held``:
    changes that wait for a person; ``failed``: customers whose last sync failed. ``tickets``: None where ticket sync is on for
    nobody.
    """

    way: Billing
    other_ways: int
    billing_day: date | None
    close_month: Month
    close_from: date
    close_until: date
    closing_now: bool
    overdue: Month | None
    run: Run | None
    days: tuple[tuple[date, int], ...]
    lower: int
    held: int
    failed: int
    tickets: ticket_standing.Overall | None


def waiting() -> Waiting:
    """As it stands now. Reads only."""
    day, way = today(), Billing(preferences.get("billing"))
    own = list(db.session.scalars(select(ContractSetting.billing).where(ContractSetting.billing.is_not(None))))
    monthly = way is Billing.MONTHLY or Billing.MONTHLY in own
    over = day.day > preferences.number("close_until_day")
    close_month = Month.of(day) if over else Month.of(day).previous
    begins = occasion_of(close_month, on=day, closed=False).close_begins
    length = preferences.number("close_until_day") - preferences.number("close_from_day")
    run = _last_sync()
    failures = select(func.count(Mapping.customer_id)).where(Mapping.status == "failed")
    return Waiting(
        way=way,
        other_ways=sum(each != way for each in own),
        billing_day=_next_billing_day(day) if monthly else None,
        close_month=close_month,
        close_from=begins,
        close_until=begins + timedelta(days=length),
        closing_now=closing.in_window(day),
        overdue=closing.overdue(),
        run=run,
        days=_days(run),
        lower=_lines(run, LineState.LOWER_SO_FAR),
        held=db.session.scalar(select(func.count(Change.id)).where(Change.state == LineState.HELD)) or 0,
        failed=db.session.scalar(failures) or 0,
        tickets=ticket_standing.overall(),
    )


def _next_billing_day(day: date) -> date:
    this, following = (
        Occasion(month, day, billing_day=preferences.day("billing_day")) for month in (Month.of(day), Month.of(day).following)
    )
    return this.bills_on if day <= this.bills_on else following.bills_on


def _last_sync() -> Run | None:
    """The newest sync of the running month for everybody that has ended."""
    ended = select(Run).where(
        Run.kind == RunKind.USAGE,
        Run.scope.is_(None),
        Run.change_ids.is_(None),
        Run.undo_of.is_(None),
        Run.closed.is_(False),
        Run.month == str(Month.of(today())),
        Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)),
    )
    return db.session.scalars(ended.order_by(Run.id.desc()).limit(1)).first()


def _days(run: Run | None) -> tuple[tuple[date, int], ...]:
    if run is None:
        return ()
    waits = (RunLine.run_id == run.id, RunLine.state == LineState.PLANNED, RunLine.waits_until.is_not(None))
    counted = select(RunLine.waits_until, func.count(RunLine.id)).where(*waits).group_by(RunLine.waits_until)
    return tuple((day, number) for day, number in db.session.execute(counted.order_by(RunLine.waits_until)) if day)


def _lines(run: Run | None, state: LineState) -> int:
    if run is None:
        return 0
    counted = select(func.count(RunLine.id)).where(RunLine.run_id == run.id, RunLine.state == state)
    return db.session.scalar(counted) or 0
