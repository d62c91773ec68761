"""What a posted change turns out to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain import LineState, PostOutcome, PostResult
from webapp.services.settling import Answer, answer_of, judge, next_read, same_price, settle_time

POSTED = datetime(2026, 11, 23, 11, tzinfo=UTC)
SETTLE = POSTED + timedelta(seconds=510)
NONE, UNCLEAR, ACCEPTED = Answer


@pytest.mark.parametrize(
    ("answer", "units", "settled", "state"),
    [
        # the target is proof, whatever was answered and whenever it is seen
        (NONE, 15, False, "confirmed"),
        (UNCLEAR, 15, False, "confirmed"),
        (ACCEPTED, 15, True, "confirmed"),
        # before the settle time nothing else is
        (NONE, 12, False, "unknown"),
        (ACCEPTED, 12, False, "unknown"),
        (UNCLEAR, 13, False, "unknown"),
        # what cannot be read proves nothing
        (NONE, None, False, "unknown"),
        (NONE, None, True, "unknown"),
        (ACCEPTED, None, True, "unknown"),
        # unchanged after the settle time
        (NONE, 12, True, "not_applied"),
        (UNCLEAR, 12, True, "rejected"),
        (ACCEPTED, 12, True, "conflict"),
        # a third figure
        (NONE, 13, True, "conflict"),
        (UNCLEAR, 0, True, "conflict"),
        (ACCEPTED, 18, True, "conflict"),
    ],
)
def test_the_units_are_the_only_witness(answer: Answer, units: int | None, settled: bool, state: str) -> None:
    assert judge(answer, before=12, target=15, units=units, settled=settled) == LineState(state)


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (PostOutcome(PostResult.ACCEPTED), ACCEPTED),
        (PostOutcome(PostResult.UNKNOWN, answered=True), UNCLEAR),
        (PostOutcome(PostResult.UNKNOWN, answered=False), NONE),
    ],
)
def test_an_outcome_is_kept_as_what_came_back(outcome: PostOutcome, answer: Answer) -> None:
    assert answer_of(outcome) is answer


def test_a_post_settles_after_the_later_of_its_deadline_and_its_lease() -> None:
    early, late = POSTED + timedelta(seconds=60), POSTED + timedelta(seconds=180)
    for deadline, lease_until in ((early, late), (late, early)):
        assert settle_time(deadline=deadline, lease_until=lease_until, settle_seconds=330) == SETTLE


@pytest.mark.parametrize(("after", "next_one"), [(0, 5), (4, 5), (5, 15), (14, 15), (15, 60), (60, 510), (400, 510), (600, 510)])
def test_an_unsettled_change_is_read_again_after_5_15_and_60_seconds_and_at_the_settle_time(after: int, next_one: int) -> None:
    now = POSTED + timedelta(seconds=after)
    assert next_read(posted=POSTED, now=now, settle=SETTLE) == POSTED + timedelta(seconds=next_one)


def test_a_short_settle_time_is_not_waited_beyond() -> None:
    settle = POSTED + timedelta(seconds=2)
    assert next_read(posted=POSTED, now=POSTED, settle=settle) == settle


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (5.0, 5.0, True),
        (5.0, 5.004, True),
        (5.0, 5.5, False),
        (60.0, 75.0, True),  # for all units: 12 at 5.00, then 15 at 5.00
        (None, 5.0, True),
        (5.0, None, True),
    ],
)
def test_a_price_is_compared_for_one_unit_and_for_all_of_them(before: float | None, after: float | None, same: bool) -> None:
    assert same_price(before, after, units_before=12, units_after=15) is same


def test_a_price_from_zero_units_is_compared_as_it_is() -> None:
    assert same_price(5.0, 5.0, units_before=0, units_after=3)
    assert not same_price(5.0, 9.0, units_before=0, units_after=3)
