"""A usage run under way: what it is about, what it holds, and whether it may go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from webapp.clients.http import Counter
from webapp.context import today
from webapp.domain import Lease, Mode, Month
from webapp.services import leases, runs
from webapp.services.budget import Budget
from webapp.services.usage_reading import MappedContract


@dataclass
class UsageRun:
    """A usage run under way. ``lease`` is the posting lease, None where nothing is posted. ``on`` is the date of its plan.
    ``repeats_refused``: a person asked for just these customers, so what Autotask refused is tried again."""

    claim: runs.Claim
    run_id: int
    month: Month
    scope: tuple[str, ...] | None
    mode: Mode
    dry_run: bool
    lease: Lease | None
    counter: Counter
    repeats_refused: bool = False
    budget: Budget | None = None
    contracts: list[MappedContract] = field(default_factory=list)
    read_at: datetime | None = None
    on: date = field(init=False)

    def __post_init__(self) -> None:
        self.on = plan_date(self.month)  # one date for the whole run, also past midnight

    @property
    def posts(self) -> bool:
        return self.lease is not None

    def alive(self) -> None:
        """Renew what this run holds, note its calls, and stop where it was cancelled, taken over or is over its budget."""
        runs.keep_alive(self.claim, calls=self.counter.calls)
        if self.lease:
            self.lease = leases.renew(self.lease)
        if self.budget:
            self.budget.check(self.counter.calls)


def plan_date(month: Month) -> date:
    """The date an increase of this month takes effect: today; for a past month, which is only reported, its last day."""
    day = today()
    if month == Month.of(day):
        return day
    return month.following.first_day - timedelta(days=1)
