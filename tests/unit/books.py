"""Autotask's books as a test keeps them: units of each day of a line, moved by relative changes.

It shares nothing with the product or the sandbox, and knows no rows: those are only what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from webapp.domain import UnitRow

DAY = timedelta(days=1)


@dataclass
class DayBooks:
    """One line of a contract from ``first`` to ``last``. ``starts`` are the first days of its billing periods; ``before`` the
    units before anything was changed; ``changes`` every change: its day and by how much; ``posted`` the first days of the rows
    that were approved and posted."""

    first: date
    last: date
    starts: list[date]
    before: int
    changes: dict[date, int] = field(default_factory=dict)
    posted: set[date] = field(default_factory=set)

    def units(self, on: date) -> int:
        return self.before + sum(delta for day, delta in self.changes.items() if day <= on)

    def change(self, day: date, delta: int) -> None:
        """Every day from ``day`` on has ``delta`` units more. Autotask takes one change for a line and date."""
        assert self.first <= day <= self.last
        assert day not in self.changes
        self.changes[day] = delta

    def rows(self, line_id: int) -> tuple[UnitRow, ...]:
        """What Autotask would show: a row for each period, cut where the units change."""
        begun = sorted(set(self.starts) | set(self.changes))
        ends = [*(day - DAY for day in begun[1:]), self.last]
        return tuple(
            UnitRow(number, line_id, start, end, self.units(start), 5.0, self._is_posted(start))
            for number, (start, end) in enumerate(zip(begun, ends, strict=True), 1)
        )

    def _is_posted(self, day: date) -> bool:
        return day in self.posted
