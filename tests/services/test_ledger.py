"""The ledger: what the database itself makes impossible, what a claim needs, and every way a POST and its read-back may end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.context import now
from webapp.domain import Lease, LineState, PostOutcome, PostResult, RunKind
from webapp.extensions import db
from webapp.models import Change, LedgerLine
from webapp.services import leases, ledger, runs

SetClock = Callable[[str], object]
LINE, OTHER_LINE = 501, 502
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
AFTER_THE_LEASE = "2026-11-23T11:03:01+00:00"
ACCEPTED = PostOutcome(PostResult.ACCEPTED)
NO_ANSWER = PostOutcome(PostResult.UNKNOWN, answered=False)
UNCLEAR = PostOutcome(PostResult.UNKNOWN, text="HTTP 500")
DUPLICATE = PostOutcome(PostResult.DUPLICATE, text="duplicate data")
BUSY = PostOutcome(PostResult.BUSY, text="thread threshold exceeded")

pytestmark = pytest.mark.usefixtures("context")


def add_change(state: str = "planned", *, line: int | None = LINE, day: date = TODAY, **more: Any) -> Change:
    """A change from 12 to 15 licences."""
    run = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:test@box")
    values = {"contract_id": 1, "service_id": 201, "service_name": "Intercept X", "month": "2026-11", "reason": "more_used"}
    values |= {"before": 12, "target": 15, "delta": 3, "created_at": now(), "changed_at": now()}
    change = Change(contract_service_id=line, effective_date=day, state=state, run_id=run.id, **(values | more))
    db.session.add(change)
    db.session.flush()
    return change


def line_version(version: int = 1, line: int = LINE) -> int:
    db.session.merge(LedgerLine(contract_service_id=line, version=version))
    db.session.commit()
    return version


def posting_lease() -> Lease:
    lease = leases.acquire(leases.POSTING)
    assert lease is not None
    return lease


def claim(change: Change, *, lease: Lease, noted: int = 1) -> Change | None:
    return ledger.claim_for_posting(change.id, lease=lease, noted_version=noted, run_id=change.run_id, price=5.0)


def posted(lease: Lease | None = None) -> Change:
    """A change whose POST is under way."""
    change = add_change()
    noted = line_version()
    found = claim(change, lease=lease or posting_lease(), noted=noted)
    assert found is not None
    return found


def record(change: Change, outcome: PostOutcome) -> LineState | None:
    return ledger.record_outcome(change.id, fence=change.fence, outcome=outcome)


def read(change: Change, units: int | None, judged: str, *, seen: str = "unknown", price: float | None = 5.0) -> bool:
    return ledger.record_read_back(
        change.id, seen=LineState(seen), attempts=change.attempts, units=units, price=price, judged=LineState(judged)
    )


# --- what the database makes impossible ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["posting", "unknown", "conflict"])
@pytest.mark.parametrize("second", ["posting", "unknown", "conflict"])
def test_a_line_has_one_open_change(first: str, second: str) -> None:
    add_change(first, day=TODAY)
    with pytest.raises(IntegrityError):
        add_change(second, day=TOMORROW)


@pytest.mark.parametrize("first", ["posting", "unknown", "conflict", "not_applied", "confirmed"])
def test_a_line_has_one_change_on_a_date(first: str) -> None:
    add_change(first)
    with pytest.raises(IntegrityError):
        add_change("confirmed")


@pytest.mark.parametrize("first", ["planned", "rejected", "deferred", "dismissed", "superseded"])
def test_what_never_took_effect_leaves_the_date_free(first: str) -> None:
    add_change(first)
    add_change("confirmed")
    add_change("confirmed", day=TOMORROW)
    add_change("unknown", line=OTHER_LINE)
    kept = db.session.scalars(select(Change.state).order_by(Change.id)).all()
    assert kept == [first, "confirmed", "confirmed", "unknown"]


def test_a_line_has_one_held_change_and_a_contract_one_held_new_line_of_a_service() -> None:
    add_change("held")
    add_change("held", line=None)
    add_change("held", line=None, service_id=202)
    with pytest.raises(IntegrityError):
        add_change("held", line=None)


def test_a_second_held_change_of_a_line_is_impossible() -> None:
    add_change("held")
    with pytest.raises(IntegrityError):
        add_change("held", day=TOMORROW)


# --- the claim ------------------------------------------------------------------------------------------------------------------


def test_a_claim_commits_the_intent_with_everything_that_settles_it_later() -> None:
    change = posted()
    moment = datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert (change.state, change.attempts, change.answer, change.price_before) == ("posting", 1, "none", 5.0)
    assert (change.posted_at, change.post_deadline_at) == (moment, moment + timedelta(seconds=60))
    assert change.post_lease_until == moment + timedelta(seconds=180)
    assert ledger.settles_at(change) == moment + timedelta(seconds=180 + 330)
    assert ledger.version(LINE) == 2


def test_a_claim_on_a_version_that_moved_changes_nothing() -> None:
    change = add_change()
    line_version(7)
    assert claim(change, lease=posting_lease(), noted=6) is None
    assert (db.session.get_one(Change, change.id).state, ledger.version(LINE)) == ("planned", 7)


def test_a_claim_on_a_line_the_ledger_does_not_know_changes_nothing() -> None:
    assert claim(add_change(), lease=posting_lease(), noted=0) is None


def test_a_claim_on_a_stolen_or_expired_lease_changes_nothing(set_clock: SetClock) -> None:
    change = add_change()
    line_version()
    lease = posting_lease()
    assert claim(change, lease=replace(lease, fence=lease.fence - 1)) is None
    assert claim(change, lease=replace(lease, owner="somebody else")) is None
    set_clock(AFTER_THE_LEASE)
    assert claim(change, lease=lease) is None
    assert (db.session.get_one(Change, change.id).state, ledger.version(LINE)) == ("planned", 1)


@pytest.mark.parametrize("state", ["held", "confirmed", "superseded", "unknown", "conflict", "rejected"])
def test_only_what_is_planned_or_was_not_applied_can_be_claimed(state: str) -> None:
    change = add_change(state)
    line_version()
    assert claim(change, lease=posting_lease()) is None
    assert ledger.version(LINE) == 1


@pytest.mark.parametrize(("other", "day"), [("unknown", TOMORROW), ("confirmed", TODAY)])
def test_a_claim_that_the_indexes_forbid_changes_nothing(other: str, day: date) -> None:
    change = add_change()
    add_change(other, day=day)
    line_version()
    assert claim(change, lease=posting_lease()) is None
    assert (db.session.get_one(Change, change.id).state, ledger.version(LINE)) == ("planned", 1)


# --- what came back from the POST ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "answer", "code"),
    [
        (ACCEPTED, "unknown", "accepted", "outcome_unknown"),
        (NO_ANSWER, "unknown", "none", "outcome_unknown"),
        (UNCLEAR, "unknown", "unclear", "outcome_unknown"),
        (DUPLICATE, "deferred", "none", "duplicate_date"),
        (PostOutcome(PostResult.NOT_SENT, answered=False), "not_applied", "none", "not_applied"),
        (BUSY, "not_applied", "none", "not_applied"),
        (PostOutcome(PostResult.REJECTED, text="no"), "rejected", "none", "refused_by_autotask"),
        (PostOutcome(PostResult.REJECTED, code="permission_missing"), "rejected", "none", "permission_missing"),
    ],
)
def test_each_outcome_has_its_state(outcome: PostOutcome, state: str, answer: str, code: str) -> None:
    change = posted()
    assert record(change, outcome) == state
    change = db.session.get_one(Change, change.id)
    assert (change.state, change.answer, change.code) == (state, answer, code)
    assert (change.next_read_at is not None) is (state == "unknown")
    assert ledger.version(LINE) == 3


def test_an_outcome_is_noted_only_by_whoever_posted() -> None:
    change = posted()
    assert ledger.record_outcome(change.id, fence=change.fence + 1, outcome=ACCEPTED) is None
    assert read(change, None, "unknown", seen="posting")
    assert record(change, ACCEPTED) is None
    assert db.session.get_one(Change, change.id).answer == "none"


def test_a_very_long_refusal_is_kept_shortened() -> None:
    change = posted()
    record(change, PostOutcome(PostResult.REJECTED, text="ß" * 5000))
    assert len(db.session.get_one(Change, change.id).error_text or "") == 2000


def test_a_duplicate_on_a_repeat_is_as_good_as_accepted() -> None:
    lease = posting_lease()
    change = posted(lease)
    record(change, NO_ANSWER)
    read(change, 12, "not_applied")
    again = claim(change, lease=lease, noted=ledger.version(LINE))
    assert again is not None
    assert again.attempts == 2
    assert record(again, DUPLICATE) == "unknown"
    assert db.session.get_one(Change, change.id).answer == "accepted"


def test_tries_that_surely_did_nothing_do_not_make_a_duplicate_our_own() -> None:
    lease = posting_lease()
    change = posted(lease)
    record(change, BUSY)
    again = claim(change, lease=lease, noted=ledger.version(LINE))
    assert again is not None
    assert record(again, DUPLICATE) == "deferred"


# --- what the read-back proved ------------------------------------------------------------------------------------------------


def test_a_confirmed_change_is_what_the_next_plan_measures_drift_by() -> None:
    change = posted()
    record(change, ACCEPTED)
    assert read(change, 15, "confirmed", price=5.0)
    change = db.session.get_one(Change, change.id)
    assert (change.state, change.code, change.units_after, change.price_after) == ("confirmed", None, 15, 5.0)
    assert change.confirmed_at is not None
    assert db.session.get_one(LedgerLine, LINE).confirmed_units == 15


@pytest.mark.parametrize(
    ("judged", "units", "code", "params"),
    [
        ("not_applied", 12, "not_applied", {"date": "2026-11-23"}),
        ("rejected", 12, "refused_by_autotask", {"text": "HTTP 500"}),
        ("conflict", 13, "conflict", {"units": 13, "before": 12, "target": 15}),
    ],
)
def test_each_judgement_has_its_code_and_figures(judged: str, units: int, code: str, params: dict[str, Any]) -> None:
    change = posted()
    record(change, UNCLEAR)
    assert read(change, units, judged)
    change = db.session.get_one(Change, change.id)
    assert (change.state, change.code, change.reason_params) == (judged, code, params)
    assert change.next_read_at is None


def test_what_is_not_visible_yet_is_read_again_later(set_clock: SetClock) -> None:
    change = posted()
    record(change, ACCEPTED)
    read(change, 12, "unknown")
    change = db.session.get_one(Change, change.id)
    assert change.posted_at is not None
    assert (change.state, change.next_read_at) == ("unknown", change.posted_at + timedelta(seconds=5))
    assert ledger.to_settle(due_only=True) == []
    assert [each.id for each in ledger.to_settle(due_only=False)] == [change.id]
    set_clock("2026-11-23T11:00:05+00:00")
    assert [each.id for each in ledger.to_settle(due_only=True)] == [change.id]


def test_a_reading_that_is_older_than_the_last_try_proves_nothing() -> None:
    lease = posting_lease()
    change = posted(lease)
    record(change, NO_ANSWER)
    before = change.attempts
    read(change, 12, "not_applied")
    again = claim(change, lease=lease, noted=ledger.version(LINE))
    assert again is not None
    record(again, NO_ANSWER)
    stale = {"attempts": before, "units": 12, "price": 5.0, "judged": LineState.NOT_APPLIED}
    assert not ledger.record_read_back(change.id, seen=LineState.UNKNOWN, **stale)  # type: ignore[arg-type]
    assert db.session.get_one(Change, change.id).state == "unknown"


def test_a_change_is_not_settled_while_whoever_posts_it_lives(set_clock: SetClock) -> None:
    change = posted()
    assert ledger.to_settle(due_only=False) == []
    set_clock(AFTER_THE_LEASE)
    assert [each.id for each in ledger.to_settle(due_only=False)] == [change.id]


def test_a_change_is_settled_at_once_when_another_holds_the_posting_lease() -> None:
    lease = posting_lease()
    change = posted(lease)
    leases.release(lease)
    posting_lease()
    assert [each.id for each in ledger.to_settle(due_only=False)] == [change.id]
