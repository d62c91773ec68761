"""A usage run under way: what it is about, what it holds, and whether it may go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from webapp.clients.http import Counter
from webapp.context import today
from webapp.domain import Lease, Mode, Month
from webapp.services import leases, preferences, runs
from webapp.services.billing_dates import Occasion
from webapp.services.budget import Budget
from webapp.services.mapped_contracts import MappedContract


@dataclass
class UsageRun:
    """A usage run under way. ``lease`` is the posting lease, None where nothing is posted. ``occasion``: what its plan is made
    for; ``closed``: the month is planned as closed. ``outer`` keeps the run alive inside which this one happens.
    ``repeats_refused``: a person asked for just these customers, so what Autotask refused is tried again."""

    claim: runs.Claim
    run_id: int
    month: Month
    scope: tuple[str, ...] | None
    mode: Mode
    dry_run: bool
    lease: Lease | None
    counter: Counter
    closed: bool = False
    outer: Callable[[], None] = lambda: None
    repeats_refused: bool = False
    budget: Budget | None = None
    contracts: list[MappedContract] = field(default_factory=list)
    read_at: datetime | None = None
    occasion: Occasion = field(init=False)

    def __post_init__(self) -> None:
        self.occasion = occasion_of(self.month, on=today(), closed=self.closed)  # one for the whole run, also past midnight

    @property
    def posts(self) -> bool:
        return self.lease is not None

    def alive(self) -> None:
        """Renew what this run holds, note its calls, and stop where it was cancelled, taken over or is over its budget."""
        runs.keep_alive(self.claim, calls=self.counter.calls)
        if self.lease:
            self.lease = leases.renew(self.lease)
        self.outer()
        if self.budget:
            self.budget.check(self.counter.calls)


def occasion_of(month: Month, *, on: date, closed: bool) -> Occasion:
    """What a plan of ``month`` made on a day is for, by the settings of the installation. Reads only."""
    return Occasion(
        month,
        on,
        closed=closed,
        billing_day=preferences.day("billing_day"),
        close_from_day=preferences.number("close_from_day"),
    )
