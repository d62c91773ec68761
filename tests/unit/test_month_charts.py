"""The small chart of usage against units."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import Month
from webapp.services.month_charts import HEIGHT, WIDTH, Point, chart, last_months, points

FIGURE = st.none() | st.integers(0, 10**9)


def test_twelve_months_end_with_this_one() -> None:
    months = last_months(Month(2026, 2))
    assert [str(month) for month in months[:2]] == ["2025-03", "2025-04"]
    assert len(months) == 12
    assert all(earlier.following == later for earlier, later in pairwise(months))


def test_a_month_without_a_figure_has_no_bar_and_breaks_the_line() -> None:
    drawn = chart([Point("2026-09", 10, 10), Point("2026-10", None, None), Point("2026-11", 5, 20)])
    assert drawn
    assert len(drawn.bars) == 2
    assert drawn.path.count("M") == 2
    assert drawn.top == 20


def test_nothing_known_is_no_chart_and_zero_is_known() -> None:
    months = last_months(Month(2026, 11))
    assert chart(points(months, {}, {"2020-01": 5})) is None
    zero = chart(points(months, {"2026-11": 0}, {"2026-11": 0}))
    assert zero
    assert [bar.height for bar in zero.bars] == [0]


def test_the_last_month_is_named_below_the_axis() -> None:
    drawn = chart(points(last_months(Month(2026, 11)), {"2026-11": 1}, {}))
    assert drawn
    assert [tick.month for tick in drawn.ticks] == ["2026-02", "2026-05", "2026-08", "2026-11"]


@given(st.lists(st.tuples(FIGURE, FIGURE), min_size=1, max_size=12))
def test_no_figure_leaves_the_drawing(figures: list[tuple[int | None, int | None]]) -> None:
    drawn = chart([Point("2026-11", usage, units) for usage, units in figures])
    for bar in drawn.bars if drawn else ():
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT


@pytest.mark.parametrize("negative", [-1, -(10**6)])
def test_a_negative_figure_is_drawn_as_nothing(negative: int) -> None:
    drawn = chart([Point("2026-11", negative, 3)])
    assert drawn
    assert drawn.bars[0].height == 0
