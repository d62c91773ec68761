"""The budget of calls: 10,000 an hour for each Autotask database, shared with every other integration
(reference/autotask-api.md, section 4). Kontor stops at a settable share and goes on in the next hour."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.clients.autotask import AutotaskClient
from webapp.clients.http import Counter
from webapp.domain import Calls, Threshold
from webapp.services import preferences


class BudgetReached(Exception):
    """The share of the hourly budget is used; ``used``, ``limit`` and ``percent`` say how much."""

    def __init__(self, used: int, limit: int, percent: int) -> None:
        super().__init__(f"{used} of {limit}")
        self.params = {"used": used, "limit": limit, "percent": percent}


DOCUMENTED = Threshold(used=0, limit=10_000)
"""What a run goes by where Autotask does not tell: the documented limit, and Kontor's own calls alone."""


@dataclass(frozen=True)
class Budget:
    """What Autotask said at the start of the run, and how many calls Kontor had sent by then."""

    threshold: Threshold
    percent: int
    sent_before: int

    def check(self, calls: Calls) -> None:
        """Raises BudgetReached when the next call would be over the share."""
        used = self.threshold.used + calls.autotask - self.sent_before
        if used * 100 >= self.threshold.limit * self.percent:
            raise BudgetReached(used, self.threshold.limit, self.percent)


def measured(autotask: AutotaskClient, counter: Counter) -> Budget:
    """The budget as Autotask tells it now (one call), with the share of the settings. Raises ApiError."""
    threshold = autotask.threshold_if_told() or DOCUMENTED
    return Budget(threshold, preferences.number("budget_share_percent"), counter.calls.autotask)
