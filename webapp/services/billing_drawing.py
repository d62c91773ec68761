"""PURE: the worked example of a billing way as a small timeline: what stands where, in the units of an SVG's view box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.services.billing_example import MORE, Example, used_on

WIDTH, TOP, FLOOR = 440, 20, 104
HEIGHT = 124
_UNIT = (FLOOR - TOP - 14) / MORE
_MOST_DAYS_AFTER = 12
_LABEL = 15
"""The width of a day's number."""


@dataclass(frozen=True)
class Block:
    """A rectangle; ``text`` stands in its middle."""

    x: float
    y: float
    width: float
    height: float
    text: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Mark:
    """A day on which something is posted, and in which direction."""

    x: float
    up: bool


@dataclass(frozen=True)
class Drawing:
    """``month`` and ``after`` are the two periods; ``full`` the units that are billed for a whole period, ``prorated`` those
    billed for the rest of one; ``used`` the licences used, as the points of a line; ``close`` the days of the close; ``days``
    the days with a label."""

    month: Block
    after: Block
    full: tuple[Block, ...]
    prorated: tuple[Block, ...]
    used: str
    close: Block
    marks: tuple[Mark, ...]
    days: tuple[tuple[float, int], ...]


def draw(example: Example, *, close_until_day: int) -> Drawing:
    """The drawing of an example; the close begins as the example has it and ends on ``close_until_day``."""
    first = example.month.first_day
    following = example.month.following.first_day
    last_close = following + timedelta(days=close_until_day - 1)
    end = min(max(last_close, following + timedelta(days=_MOST_DAYS_AFTER - 1)), example.month.following.last_day)
    scale = WIDTH / ((end - first).days + 1)

    def x(day: date) -> float:
        return round((day - first).days * scale, 1)

    def block(start: date, after: date, low: float, high: float, text: str = "") -> Block:
        """The days from ``start`` to before ``after``; units from ``low`` to ``high``."""
        left, right = x(start), min(x(after), float(WIDTH))
        return Block(left, round(FLOOR - high * _UNIT, 1), round(right - left, 1), round((high - low) * _UNIT, 1), text)

    full, prorated = [], []
    for billed in example.billed:
        begin, after = billed.period.start, billed.period.end + timedelta(days=1)
        full.append(block(begin, after, 0, billed.full, str(billed.full)))
        units = billed.full
        for delta, share in billed.later:
            since = after - timedelta(days=share.days)
            if since <= end:
                prorated.append(block(since, after, min(units, units + delta), max(units, units + delta), f"{delta:+d}"))
            units += delta
    close = block(example.close_begins, last_close + timedelta(days=1), 0, MORE)
    return Drawing(
        month=_strip(x(first), x(following)),
        after=_strip(x(following), float(WIDTH)),
        full=tuple(full),
        prorated=tuple(prorated),
        used=_used(example, end, x),
        close=Block(close.x, TOP, close.width, FLOOR - TOP),
        marks=tuple(Mark(x(step.day), (step.plan.delta or 0) > 0) for step in example.steps if step.posts),
        days=_labels([(x(step.day), step.day.day) for step in example.steps]),
    )


def _labels(days: Sequence[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    """The days, without those whose number would touch the next one's."""
    following = [*days[1:], (float("inf"), 0)]
    return tuple(day for day, after in zip(days, following, strict=True) if after[0] - day[0] >= _LABEL)


def _strip(left: float, right: float) -> Block:
    return Block(left, TOP, round(right - left, 1), FLOOR - TOP)


def _used(example: Example, end: date, x: Callable[[date], float]) -> str:
    """A line in steps: level while the same number is used."""
    points: list[tuple[float, float]] = []
    day = example.month.first_day
    while day <= end:
        level = round(FLOOR - used_on(example.month, day) * _UNIT, 1)
        if points and points[-1][1] != level:
            points.append((x(day), points[-1][1]))
        if not points or points[-1][1] != level:
            points.append((x(day), level))
        day += timedelta(days=1)
    points.append((float(WIDTH), points[-1][1]))
    return " ".join(f"{left},{top}" for left, top in points)
