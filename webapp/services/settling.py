"""PURE: what a posted change turns out to be, from what Autotask answered and the units that are read back.

Autotask cannot be asked about an adjustment afterwards and gives no idempotency key, so the units on the effective date are
the only witness (design, section 7.2 "Read-back", section 13, 10).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from webapp.domain import LineState, PostOutcome, PostResult

READ_AGAIN = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=60))
"""When a change that is not visible yet is read again, counted from its POST; the last time is the settle time."""


class Answer(StrEnum):
    """What came back from a POST. UNCLEAR: an answer that neither accepts nor is a known refusal."""

    NONE = "none"
    UNCLEAR = "unclear"
    ACCEPTED = "accepted"


def answer_of(outcome: PostOutcome) -> Answer:
    """How an outcome is kept until the units are read back."""
    if outcome.result is PostResult.ACCEPTED:
        return Answer.ACCEPTED
    return Answer.UNCLEAR if outcome.answered else Answer.NONE


def judge(answer: Answer, *, before: int, target: int, units: int | None, settled: bool) -> LineState:
    """The state after a read-back of ``units`` on the effective date (None: not readable).

    ``settled`` says that the settle time has passed: nothing that was sent can still take effect. Only then an unchanged
    figure proves anything, and it proves the change was not made unless Autotask had said it was.
    """
    if units == target:
        return LineState.CONFIRMED
    if not settled or units is None:
        return LineState.UNKNOWN
    if units == before and answer is Answer.NONE:
        return LineState.NOT_APPLIED
    if units == before and answer is Answer.UNCLEAR:
        return LineState.REJECTED
    return LineState.CONFLICT


def judge_new_line(answer: Answer, *, settled: bool) -> LineState:
    """The state of a POST that adds a line, where the contract does not have the line.

    As with quantities, only after the settle time that proves anything. An accepted line that does not show is not repeated by
    itself: the user may be one that is not allowed to see it.
    """
    if not settled:
        return LineState.UNKNOWN
    return LineState.NOT_APPLIED if answer is Answer.NONE else LineState.REJECTED


def settle_time(*, deadline: datetime, lease_until: datetime, settle_seconds: float) -> datetime:
    """The moment after which a POST can no longer take effect: Autotask works up to five minutes on a request."""
    return max(deadline, lease_until) + timedelta(seconds=settle_seconds)


def next_read(*, posted: datetime, now: datetime, settle: datetime) -> datetime:
    """When to look at an unsettled change next."""
    for delay in READ_AGAIN:
        if posted + delay > now:
            return min(posted + delay, settle)
    return settle


def same_price(before: float | None, after: float | None, *, units_before: int, units_after: int) -> bool:
    """Whether the price of a line stayed as it was. It is not documented whether the price of a unit row is for one unit or for
    all of them, so both readings count as the same; an unknown price proves nothing and counts as the same."""
    if before is None or after is None:
        return True
    if _close(before, after):
        return True
    return units_before > 0 and units_after > 0 and _close(before / units_before, after / units_after)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= max(0.005, 1e-6 * max(abs(one), abs(other)))
