"""Posts planned changes, one by one, and proves each by reading back (design, section 7.2 "Posting" and "Read-back").

The intent is committed before the POST; the lease is renewed directly before it; what came back is written only while the
change is still ours. A process that dies anywhere in here loses nothing: the ledger says where it stopped.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from webapp.clients.autotask.client import AutotaskClient
from webapp.context import context, now
from webapp.domain import Lease, LineState, PostResult, UnitRow
from webapp.extensions import db
from webapp.models import Change
from webapp.services import leases, ledger, new_lines
from webapp.services.new_lines import BUSY_TRIES, LineMaker
from webapp.services.settling import Answer, judge
from webapp.services.unit_rows import row_in_force


@dataclass(frozen=True)
class Planned:
    """A change that may be posted: the ledger's version of its line when it was planned, its price, when units were read."""

    change_id: int
    version: int
    price: float | None
    read_at: datetime


@dataclass
class Poster:
    """Posts under one posting lease. ``alive`` renews the run and stops it when it was cancelled or taken over."""

    autotask: AutotaskClient
    lease: Lease
    run_id: int
    max_age_minutes: int
    alive: Callable[[], None]
    sleep: Callable[[float], None] = time.sleep
    posted: list[int] = field(default_factory=list)

    def post(self, planned: Planned) -> LineState | None:
        """Post one change and note the outcome; None where it was not posted because something moved since it was planned."""
        if _get(planned.change_id).contract_service_id is None:
            ready = self._line_maker().make(planned.change_id)
            if ready is None:
                return self._came_of(planned.change_id)
            planned = Planned(planned.change_id, ready.version, ready.price, ready.read_at)
        noted = planned.version
        for attempt in range(BUSY_TRIES):
            if self._is_old(planned) and not self._still_before(planned.change_id):
                return None
            change = ledger.claim_for_posting(
                planned.change_id, lease=self._renewed(), noted_version=noted, run_id=self.run_id, price=planned.price
            )
            if change is None:
                return None
            state, busy = self._send(change)
            if not busy:
                return state
            self.sleep(2.0**attempt)
            noted = _version(planned.change_id)
        return state

    def _renewed(self) -> Lease:
        self.alive()
        self.lease = leases.renew(self.lease)
        return self.lease

    def _line_maker(self) -> LineMaker:
        return LineMaker(self.autotask, self.run_id, renewed=self._renewed, sleep=self.sleep, posted=self.posted)

    def _came_of(self, change_id: int) -> LineState | None:
        """The state of a change that ended while its line was added; None where nothing was sent."""
        state = LineState(_get(change_id).state)
        db.session.commit()
        return state if change_id in self.posted else None

    def _send(self, change: Change) -> tuple[LineState | None, bool]:
        line_id, delta, day, change_id = change.contract_service_id, change.delta, change.effective_date, change.id
        until, time = change.post_deadline_at, context().clock.now  # the database must not be asked while a call is under way
        assert line_id is not None
        assert until is not None
        db.session.commit()
        outcome = self.autotask.adjust(
            contract_service_id=line_id, unit_change=delta, effective_date=day, timely=lambda: time() <= until
        )
        self.posted.append(change_id)
        if self.autotask.zone_moved_since(outcome) and outcome.result is PostResult.REJECTED:
            # the address it went to no longer serves this database: nothing was done, and the next try goes to the new one
            outcome = replace(outcome, result=PostResult.BUSY)
        state = ledger.record_outcome(change_id, fence=self.lease.fence, outcome=outcome)
        return state, outcome.result is PostResult.BUSY

    def _is_old(self, planned: Planned) -> bool:
        return (now() - planned.read_at).total_seconds() > self.max_age_minutes * 60

    def _still_before(self, change_id: int) -> bool:
        """Whether the line still stands where the plan saw it; read again, because the plan is older than allowed."""
        change = _get(change_id)
        line_id, day, before = change.contract_service_id, change.effective_date, change.before
        db.session.commit()
        assert line_id is not None
        found = row_in_force(_units(self.autotask, [line_id], on=day).get(line_id, ()), day)
        return found is not None and found.units == before


def read_back(autotask: AutotaskClient, change_ids: Sequence[int], *, alive: Callable[[], None]) -> None:
    """Read the units of these changes on their dates, in bulk, and note what that proves. Settled ones are left alone.

    Of a change that adds a line, and whose line is not known yet, the lines of the contract are read instead.
    """
    by_date: dict[date, list[Change]] = defaultdict(list)
    without_line: list[Change] = []
    for change_id in dict.fromkeys(change_ids):
        change = _get(change_id)
        if change.state not in (LineState.UNKNOWN, LineState.POSTING, LineState.NOT_APPLIED):
            continue
        if change.contract_service_id is None:
            without_line.append(change)
        else:
            by_date[change.effective_date].append(change)
    plain = {day: [_Seen.of(change) for change in changes] for day, changes in by_date.items()}
    new_lines.read_back(autotask, without_line, alive=alive)
    db.session.commit()
    for day, seen in plain.items():
        rows = _units(autotask, [one.line_id for one in seen], on=day)
        alive()
        for one in seen:
            _note(one, row_in_force(rows.get(one.line_id, ()), day))


@dataclass(frozen=True)
class _Seen:
    """A change as it was before its units were read."""

    change_id: int
    line_id: int
    state: LineState
    answer: Answer
    before: int
    target: int
    attempts: int
    settled: bool

    @classmethod
    def of(cls, change: Change) -> _Seen:
        assert change.contract_service_id is not None
        waiting = change.state == LineState.NOT_APPLIED
        return cls(
            change.id,
            change.contract_service_id,
            LineState(change.state),
            Answer.NONE if waiting else Answer(change.answer),
            change.before,
            change.target,
            change.attempts,
            waiting or ledger.settles_at(change) <= now(),
        )


def _note(change: _Seen, row: UnitRow | None) -> None:
    units = row.units if row else None
    judged = judge(change.answer, before=change.before, target=change.target, units=units, settled=change.settled)
    if change.state is LineState.NOT_APPLIED and judged in (LineState.NOT_APPLIED, LineState.UNKNOWN):
        return  # still waits to be repeated
    price = row.price if row else None
    ledger.record_read_back(
        change.change_id, seen=change.state, attempts=change.attempts, units=units, price=price, judged=judged
    )


def _units(autotask: AutotaskClient, line_ids: Sequence[int], *, on: date) -> dict[int, list[UnitRow]]:
    found: dict[int, list[UnitRow]] = defaultdict(list)
    for rows in autotask.units_in_force(line_ids, on=on):
        for row in rows:
            found[row.contract_service_id].append(row)
    return found


def _get(change_id: int) -> Change:
    change = db.session.get(Change, change_id, populate_existing=True)
    assert change is not None
    return change


def _version(change_id: int) -> int:
    line_id = _get(change_id).contract_service_id
    assert line_id is not None
    return ledger.version(line_id)
