"""PURE: the small chart of usage against units over the months, as places on a drawing; templates/_macros/charts.html draws it.

Usage is a bar for each month, the units that were billed a line in steps over it: where the line runs above a bar more is
billed than used, where a bar stands above the line something was not billed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.domain import Month

MONTHS = 12
WIDTH, HEIGHT = 300, 92
_LEFT, _TOP, _BOTTOM = 30, 8, 72
"""The figures stand on the left, the months below."""
_BAR = 0.62
"""How much of a month's width its bar takes."""


@dataclass(frozen=True)
class Point:
    """The figures of one month; None is not known, which is not zero."""

    month: str
    usage: int | None
    units: int | None


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A month below the axis, at the middle of its place."""

    x: float
    month: str


@dataclass(frozen=True)
class Chart:
    """``path`` is the line of the units, broken where they are not known; ``top`` the figure of the upper rule."""

    width: int
    height: int
    left: int
    upper: int
    lower: int
    top: int
    bars: Sequence[Bar]
    path: str
    ticks: Sequence[Tick]


def last_months(until: Month, count: int = MONTHS) -> list[Month]:
    """``count`` months up to and with ``until``, the oldest first."""
    found = [until]
    while len(found) < count:
        found.insert(0, found[0].previous)
    return found


def points(months: Sequence[Month], usage: Mapping[str, int | None], units: Mapping[str, int | None]) -> list[Point]:
    """A point for each month, from figures by month."""
    return [Point(str(month), usage.get(str(month)), units.get(str(month))) for month in months]


def chart(shown: Sequence[Point]) -> Chart | None:
    """The drawing of these months, None where nothing is known of any of them."""
    figures = [figure for point in shown for figure in (point.usage, point.units) if figure is not None]
    if not figures:
        return None
    top = max(1, *figures)
    step = (WIDTH - _LEFT) / len(shown)

    def left(place: float) -> float:
        return round(_LEFT + step * place, 1)

    def height(figure: int) -> float:
        return round((_BOTTOM - _TOP) * max(0, figure) / top, 1)

    bars = [
        Bar(left(place + (1 - _BAR) / 2), round(_BOTTOM - height(point.usage), 1), round(step * _BAR, 1), height(point.usage))
        for place, point in enumerate(shown)
        if point.usage is not None
    ]
    levels = [None if point.units is None else round(_BOTTOM - height(point.units), 1) for point in shown]
    ticks = [Tick(left(place + 0.5), point.month) for place, point in enumerate(shown) if (len(shown) - 1 - place) % 3 == 0]
    return Chart(WIDTH, HEIGHT, _LEFT, _TOP, _BOTTOM, top, bars, _steps(levels, step), ticks)


def _steps(levels: Sequence[float | None], step: float) -> str:
    """The path of a line in steps, begun anew after a month without a figure."""
    parts: list[str] = []
    drawn = False
    for place, level in enumerate(levels):
        begin, end = round(_LEFT + step * place, 1), round(_LEFT + step * (place + 1), 1)
        if level is not None:
            parts.append(f"V{level}H{end}" if drawn else f"M{begin} {level}H{end}")
        drawn = level is not None
    return "".join(parts)
