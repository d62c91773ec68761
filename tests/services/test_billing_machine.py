"""No sequence of usage figures, closes, crashes and repeats makes Autotask's units differ from an arithmetic of the test's own.

A machine of Hypothesis does whatever comes to its mind to a Kontor with a database and a sandbox: usage moves, days and months
go by, syncs and closes run, answers get lost, processes die, people edit units and approve and post periods. After every step the
sandbox's books are held against what is sure at any time; at the end, everything is left in peace for two months, and each line
must stand at its usage, on the dates of its billing way.

Repeatable as it stands. ``KONTOR_MACHINE=300 pytest tests/services/test_billing_machine.py`` runs that many random sequences
of up to 60 steps, another lot each time; a failure prints the steps that lead to it.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.services.billing_machine import FAULTS, LINES, OPEN, Crash, Stage, crashing
from webapp.domain import LineState, Month
from webapp.extensions import db

EXAMPLES = int(os.environ.get("KONTOR_MACHINE", "0"))
names = st.sampled_from(list(LINES))
figures = st.integers(1, 30)


class Billing(RuleBasedStateMachine):
    """``low`` and ``high``: between these a line's units must be at any time, from all that was ever used, billed or edited."""

    template: Path

    @initialize(units=st.fixed_dictionaries({name: figures for name in LINES}), first=st.integers(0, 40))
    def begin(self, units: dict[str, int], first: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kontor-machine-")
        self.stage = Stage(self.template, Path(self._folder.name), date(2026, 10, 20) + timedelta(days=first))
        self.start, self.edits, self.usage = dict(units), dict.fromkeys(LINES, 0), dict(units)
        self.low, self.high, self.posted = dict(units), dict(units), self.stage.today.replace(day=1)
        for name, figure in units.items():
            self.stage.add(name, units=figure)
            self._use(name, figure, Month.of(self.stage.today).previous)
            self._use(name, figure, Month.of(self.stage.today))

    def _use(self, name: str, figure: int, month: Month) -> None:
        self.stage.use(name, figure, str(month))
        self.low[name], self.high[name] = min(self.low[name], figure), max(self.high[name], figure)
        if month == Month.of(self.stage.today):
            self.usage[name] = figure

    # --- what happens -----------------------------------------------------------------------------------------------------

    @rule(name=names, figure=figures)
    def usage_moves(self, name: str, figure: int) -> None:
        self._use(name, figure, Month.of(self.stage.today))

    @rule(name=names, figure=figures)
    @precondition(lambda self: self.stage.today.day <= 7)
    def sophos_corrects_the_month_before(self, name: str, figure: int) -> None:
        self._use(name, figure, Month.of(self.stage.today).previous)

    @rule(days=st.sampled_from([1, 1, 2, 6]))
    def days_go_by(self, days: int) -> None:
        for _ in range(days):
            self._next_day()

    @rule(day=st.integers(1, 8))
    def the_next_month_begins(self, day: int) -> None:
        following = Month.of(self.stage.today).following.first_day
        while self.stage.today < following + timedelta(days=day - 1):
            self._next_day()

    @rule()
    def the_last_day_of_the_month_comes(self) -> None:
        while self.stage.today < Month.of(self.stage.today).last_day:
            self._next_day()

    def _next_day(self) -> None:
        before = Month.of(self.stage.today)
        self.stage.wait(days=1)
        if Month.of(self.stage.today) != before:
            for name in LINES:
                self._use(name, self.usage[name], Month.of(self.stage.today))

    @rule(minutes=st.sampled_from([1, 11, 20]))
    def time_goes_by(self, minutes: int) -> None:
        self.stage.wait(minutes=minutes)

    @rule()
    def a_sync(self) -> None:
        self.stage.sync()

    @rule(name=names)
    def a_sync_of_one_customer(self, name: str) -> None:
        self.stage.sync(name)

    @rule()
    @precondition(lambda self: self.stage.today.day > 1)
    def a_close_by_hand(self) -> None:
        self.stage.sync(month=str(Month.of(self.stage.today).previous), closed=True)

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def a_sync_with_a_fault(self, fault: str) -> None:
        self.stage.break_posts(fault)
        self.stage.sync()
        self.stage.mend()

    @rule(where=st.sampled_from(["before the POST", "after the POST", "reading"]), number=st.integers(1, 4))
    def a_sync_that_crashes(self, where: str, number: int) -> None:
        try:
            with crashing(where, number):
                self.stage.sync()
        except Crash:
            db.session.rollback()
        self.stage.wait(minutes=4)

    @rule(name=names, units=figures)
    def a_person_edits_units_in_autotask(self, name: str, units: int) -> None:
        line, stage = self.stage.line(name), self.stage
        if any(change.contract_service_id == line for change in stage.changes(*OPEN)):
            return  # such a line is in conflict then, and a person's
        delta = units - (stage.box.state.units(line, stage.today) or 0)
        lowest = min(row.units for row in stage.box.state.autotask.lines[line] if row.end >= stage.today)
        if lowest + delta < 0:
            return
        stage.box.state.set_units(contract_service_id=line, units=units, on=stage.today)
        self.edits[name] += delta
        self.low[name], self.high[name] = self.low[name] - abs(delta), self.high[name] + abs(delta)

    @rule(ahead=st.sampled_from([0, 0, 31]))
    def periods_are_approved_and_posted(self, ahead: int) -> None:
        self.posted = max(self.posted, self.stage.today + timedelta(days=ahead))
        self.stage.box.state.approve_and_post(up_to=self.posted)

    # --- what holds at any time -------------------------------------------------------------------------------------------

    @invariant()
    def every_adjustment_is_a_change_of_the_ledger_and_is_there_once(self) -> None:
        if not hasattr(self, "stage"):
            return
        booked, confirmed = self.stage.booked(), self.stage.confirmed()
        opened = [(each.contract_service_id, each.effective_date, each.delta) for each in self.stage.changes(*OPEN)]
        assert not confirmed - booked, "confirmed, and not in Autotask's books"
        surplus = booked - confirmed
        assert all(count == 1 for count in booked.values())
        assert set(surplus) <= set(opened), "in Autotask's books, and the ledger does not know"

    @invariant()
    def units_are_never_beyond_what_was_ever_used_billed_or_edited(self) -> None:
        if not hasattr(self, "stage"):
            return
        for name in LINES:
            for row in self.stage.box.state.autotask.lines[self.stage.line(name)]:
                assert self.low[name] <= row.units <= self.high[name], (name, row)

    # --- and at the end ---------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        try:
            self._leave_in_peace()
        finally:
            self.stage.close()
            self._folder.cleanup()

    def _leave_in_peace(self) -> None:
        """The rest of this month, all of the next and the close of that, with usage as it is now."""
        stage, first = self.stage, Month.of(self.stage.today).following
        last = first.following.first_day + timedelta(days=3)
        stage.wait(minutes=20)
        while stage.today < last:
            self._sync_until_quiet()
            self._next_day()
            while stage.today.day not in (2, 3, 4) and stage.today != Month.of(stage.today).last_day:
                self._next_day()
        self._sync_until_quiet()
        assert stage.changes(*OPEN) == []
        assert stage.booked() == stage.confirmed()
        for name, (way, begun) in LINES.items():
            since = first.first_day if way == "arrears" and self.posted < first.first_day else stage.today
            days = (since, stage.today) if begun.day < stage.today.day else (stage.today.replace(day=begun.day),)
            found = {stage.box.state.units(stage.line(name), day) for day in days}
            assert found == {self.usage[name]}, (name, found, self.usage[name])
            self._adds_up(name)

    def _sync_until_quiet(self) -> None:
        """As people do it: everybody, and what Autotask refused once more."""
        self.stage.sync()
        self.stage.wait(minutes=20)
        self.stage.sync(*LINES)
        self.stage.wait(minutes=20)

    def _adds_up(self, name: str) -> None:
        line = self.stage.line(name)
        mine = sum(each.delta for each in self.stage.changes(LineState.CONFIRMED) if each.contract_service_id == line)
        assert self.stage.box.state.units(line, date(2028, 12, 31)) == self.start[name] + self.edits[name] + mine


def test_autotasks_units_are_what_the_arithmetic_of_the_test_says(sqlite_template: Path) -> None:
    Billing.template = sqlite_template
    few = settings(max_examples=6, stateful_step_count=18, derandomize=True, database=None)
    many = settings(max_examples=EXAMPLES or 1, stateful_step_count=60, print_blob=True)
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    chosen = settings(many if EXAMPLES else few, deadline=None, suppress_health_check=quiet)
    run_state_machine_as_test(Billing, settings=chosen)  # type: ignore[no-untyped-call]
