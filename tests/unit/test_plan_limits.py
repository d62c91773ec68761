"""What waits for a person: decreases of a line, and the whole run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.plans import (
    close,
    months,
    of,
    only,
    said,
)
from webapp.domain import Billing
from webapp.services.plan_facts import Limits, LinePlan
from webapp.services.plan_guard import run_guard


@pytest.mark.parametrize(
    ("before", "target", "reason"),
    [
        (100, 97, "fewer_used"),  # three units and 3 %
        (100, 96, "hold_decrease"),  # four units
        (15, 12, "fewer_used"),  # three units and just 20 %
        (14, 11, "hold_decrease"),  # three units, but 21 %
        (10, 8, "fewer_used"),
        (4, 3, "hold_decrease"),
        (2, 0, "hold_zero"),
    ],
)
def test_a_decrease_over_either_limit_is_held(before: int, target: int, reason: str) -> None:
    assert said(only(of(months(before), target, Billing.DAILY), occasion=close()))[2] == reason


def changed(before: int, target: int, *, id: int = 101, code: str | None = None) -> LinePlan:
    found = only(of(months(before, id=id), target, Billing.DAILY), occasion=close())
    return replace(found, contract_service_id=id, code=code)


def test_the_whole_run_is_held_when_all_units_together_would_fall_by_more_than_a_tenth() -> None:
    steady = changed(80, 80, id=1)
    assert run_guard([steady, changed(20, 10)], Limits()) is None  # just 10 %
    held = run_guard([steady, changed(20, 9)], Limits())
    assert held is not None
    assert (held.key, held.params) == ("hold_run_units", {"percent": 11, "units": 11})
    assert run_guard([steady, changed(20, 9)], Limits(run_stop_percent=15)) is None
    assert run_guard([steady, changed(20, 9), changed(20, 25, id=2)], Limits()) is None  # what rises counts against it


def test_the_whole_run_is_held_when_more_than_a_twentieth_of_the_lines_would_go_to_0() -> None:
    steady = [changed(100, 100, id=number) for number in range(1, 39)]
    assert run_guard([*steady, changed(1, 0, id=40), changed(1, 0, id=41)], Limits()) is None  # 2 of 40
    held = run_guard([*steady[1:], *(changed(1, 0, id=number) for number in (40, 41, 42))], Limits())
    assert held is not None
    assert (held.key, held.params) == ("hold_run_zero", {"lines": 3, "all": 40})


def test_lines_that_a_person_left_behind_do_not_count_for_the_guard_of_the_run() -> None:
    assert run_guard([changed(50, 50, id=1), changed(50, 0, code="left_behind")], Limits()) is None
