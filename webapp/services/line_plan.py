"""PURE: what should change on one line, and why. ``plan_contract`` in usage_plan.py asks for each line of a contract."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from webapp.domain import Billing, Contract, LineState, Reason, UnitRow
from webapp.services.billing_dates import Occasion, When, left_behind_date, when
from webapp.services.blank_plans import dated, unplanned, waiting
from webapp.services.periods import MONTHLY, MONTHS, next_start
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan, Step
from webapp.services.plan_guard import hold
from webapp.services.plan_places import Place, place, units_on
from webapp.services.unit_rows import merged, row_in_force, unexplained
from webapp.services.usage_wants import Want


def line_dates(facts: Facts, line: Line | None, occasion: Occasion) -> When | None:
    """The dates of a line of the contract (None: of a line that it lacks); None where its period has no known length."""
    contract = facts.contract
    if contract is None or contract.start_date is None:
        return None
    kind = contract.period_type if contract.period_type is not None else line.period_type if line else None
    found = when(occasion, start=contract.start_date, period_type=kind, billing=facts.billing, own_setting=facts.own_billing)
    if line is None or not is_left_behind(facts, line):
        return found
    return left_behind_date(
        occasion, start=contract.start_date, period_type=kind, billing=facts.billing, own_setting=facts.own_billing
    )


def is_left_behind(facts: Facts, line: Line) -> bool:
    """Kontor has changed this line, and no mapping names it any more."""
    billed = line.confirmed_units is not None and line.confirmed_units > 0
    return billed and (not facts.members or line.service_id not in facts.mapped_services)


class LinePlanner:
    """Plans one line."""

    def __init__(self, facts: Facts, line: Line, occasion: Occasion, limits: Limits) -> None:
        assert facts.contract is not None
        self._facts, self._line, self._occasion, self._limits = facts, line, occasion, limits
        self._contract: Contract = facts.contract
        self._dates = line_dates(facts, line, occasion)

    def plan(self, want: Want | None) -> LinePlan:
        """What should happen to the line, where usage asks ``want`` of it (None: no usage at all)."""
        dates = self._dates
        if dates is None:
            return self._blocked(Reason("period_unknown", {"service": self._line.service_name}), want)
        if self._occasion.by_hand and (posted := self._posted_period(dates)):
            return self._with_units(self._reported(posted, want), dates)
        now = place(self._line, self._contract, dates.increase, at_start=dates.increase_at_start)
        return self._with_units(self._planned(want, dates, now), dates)

    def _planned(self, want: Want | None, dates: When, now: Place) -> LinePlan:
        problem = self._period_problem() or now.problem or (want.problem if want else None)
        if problem and problem.key == "contract_ended" and dates.waits_until and (last := self._last_period(want, problem)):
            return last
        if problem:
            units = now.row.units if now.row else None
            return replace(self._blocked(problem, want), before=units)
        in_step = unplanned(self._facts, state=LineState.IN_STEP, reason=Reason("equal"), want=want, line=self._line)
        if now.needs_later:
            return replace(in_step, needs_later=True)
        in_step = replace(in_step, before=now.units, price=now.row.price if now.row else None, decided=dates.decides)
        if want is None and not self._lowers_to_zero(now):
            return self._without_usage(in_step)
        target = want.target if want else 0
        assert target is not None
        in_step = self._with_missed(replace(in_step, target=target), dates)
        if not dates.waits_until:
            in_step = self._with_posted(in_step, now)
        return self._compare(in_step, now, dates)

    def _last_period(self, want: Want | None, ended: Reason) -> LinePlan | None:
        """The contract ends before the change that waits could take effect. That is a failure only where more is used than is
        billed; None then."""
        today = place(self._line, self._contract, self._occasion.today, at_start=False)
        if today.problem or today.row is None:
            return None
        in_step = unplanned(self._facts, state=LineState.IN_STEP, reason=Reason("equal"), want=want, line=self._line)
        in_step = replace(in_step, before=today.units, price=today.row.price)
        if want is None:
            return self._without_usage(in_step)
        return self._no_decrease(in_step, ended, want.target) if want.target is not None and want.target <= today.units else None

    def _with_units(self, plan: LinePlan, dates: When) -> LinePlan:
        """With what Autotask has for the month: on its last day where it is over, else where an increase starts from."""
        day = dates.month_end or dates.increase
        row = row_in_force(merged(self._line.rows, self._line.later or ()), day)
        return replace(plan, units=row.units if row else None, units_on=day, posted=row.posted if row else False)

    def left_behind(self) -> LinePlan | None:
        """The line set to 0, held; None where it is there already or its units cannot be read. Like every other change it is
        stopped by what somebody scheduled, and deferred where its date is used."""
        dates = self._dates
        if dates is None or dates.decrease is None:
            return None
        there = place(self._line, self._contract, self._after_own(dates.decrease, dates), at_start=dates.decrease_at_start)
        if there.problem or (not there.needs_later and there.units == 0):
            return None
        reason = Reason("left_behind", {"service": self._line.service_name, "contract": self._facts.contract_name})
        plan = replace(unplanned(self._facts, state=LineState.HELD, reason=reason, line=self._line), target=0, code=reason.key)
        if there.needs_later:
            return replace(plan, state=LineState.IN_STEP, needs_later=True)
        plan = replace(plan, before=there.units, price=there.row.price if there.row else None)
        plan = replace(plan, units=there.units, units_on=there.day)
        plan = replace(dated(plan, self._contract, self._line, there.day), needs_later=self._line.later is None)
        if self._line.later is not None and (stopped := self._scheduled(plan, there)):
            return stopped
        return self._deferred(plan, there.day, dates) if there.day in self._line.used_dates else plan

    def _after_own(self, day: date, dates: When) -> date:
        """The day, or the first allowed one after Kontor's own later changes: set to 0 before them, the line would keep what they
        raised it by, and nothing would name it any more."""
        last = max((change.day for change in self._line.own), default=day)
        if last <= day:
            return day
        kind = self._contract.period_type or self._line.period_type or MONTHLY
        following = next_start(self._contract.start_date or day, kind, last) if dates.decrease_at_start else None
        return following or last + timedelta(days=1)

    def _blocked(self, problem: Reason, want: Want | None) -> LinePlan:
        return unplanned(self._facts, state=LineState.BLOCKED, reason=problem, want=want, line=self._line)

    def _period_problem(self) -> Reason | None:
        period, own_period = self._contract.period_type, self._line.period_type
        if period is not None and own_period is not None and period != own_period:
            return Reason("period_mismatch", {"service": self._line.service_name})
        return None

    def _lowers_to_zero(self, now: Place) -> bool:
        """Whether a line without any usage is to go to 0: Kontor billed it, the month is closed and fully read, and every
        customer on the contract has other usage or is known to have left."""
        if not self._occasion.closed or not self._line.confirmed_units or now.units == 0:
            return False
        using = {used.customer_id for used in self._facts.usage if any((used.billable, used.actual, used.ordered))}
        return all(member.left_out or member.customer_id in using for member in self._facts.members)

    def _without_usage(self, in_step: LinePlan) -> LinePlan:
        """Sophos names no usage for the line: a finding, and no reason to change it."""
        if in_step.before == 0:
            return replace(in_step, target=0)
        reason = Reason("line_without_usage", {"units": in_step.before})
        return replace(in_step, reason=reason, code=reason.key)

    def _with_missed(self, plan: LinePlan, dates: When) -> LinePlan:
        """What the closed month lacked, by the units in force on its last day."""
        units = units_on(self._line, dates.month_end)
        if units is None or plan.target is None or plan.target <= units:
            return plan
        return replace(plan, missed=plan.target - units, missed_from=dates.month_end)

    def _with_posted(self, plan: LinePlan, there: Place) -> LinePlan:
        """What a period that is approved and posted differs by, also where no later one has to be changed."""
        units = units_on(self._line, there.posted_from)
        if units is None or plan.target is None or plan.target == units:
            return plan
        return replace(plan, missed=plan.target - units, missed_from=there.posted_from)

    def _posted_period(self, dates: When) -> UnitRow | None:
        """The unit row of a past month's own period where that is approved and posted."""
        row = row_in_force(self._line.rows, dates.increase) if dates.increase_at_start else None
        return row if row and row.posted and row.units is not None and row.start_date == dates.increase else None

    def _reported(self, row: UnitRow, want: Want | None) -> LinePlan:
        """A past month by hand whose period is posted: told, and never posted."""
        if problem := self._period_problem() or (want.problem if want else None):
            return replace(self._blocked(problem, want), before=row.units)
        in_step = unplanned(self._facts, state=LineState.IN_STEP, reason=Reason("equal"), want=want, line=self._line)
        in_step = replace(in_step, before=row.units, price=row.price)
        if want is None:
            return self._without_usage(in_step)
        if want.target == row.units:
            return in_step
        assert row.start_date is not None
        figures = {"target": want.target, "before": row.units, "date": row.start_date.isoformat()}
        told = replace(in_step, state=LineState.PLANNED, reason=Reason("period_posted", figures), reported=True)
        told = replace(told, missed=told.delta or 0, missed_from=row.start_date)
        return dated(told, self._contract, self._line, row.start_date)

    def _compare(self, in_step: LinePlan, now: Place, dates: When) -> LinePlan:
        target = in_step.target
        assert target is not None
        if dates.way is Billing.MONTHLY and self._occasion.after_billing_day and self._line.decided:
            return self._decided(in_step, target)
        if target > now.units:
            return self._change(in_step, now, dates)
        if dates.decrease is None or dates.decrease == dates.increase:
            if target == now.units:
                return in_step
            if dates.decrease is None:
                return self._lower_so_far(in_step, dates)
            return self._change(in_step, now, dates)
        then = place(self._line, self._contract, dates.decrease, at_start=dates.decrease_at_start)
        if then.needs_later:
            return replace(in_step, needs_later=True)
        if then.problem:
            return self._no_decrease(in_step, then.problem, target)
        if (units_on(self._line, then.posted_from) or 0) > target:
            in_step = self._with_posted(in_step, then)
        if target < then.units:
            raised = self._raised_since()
            return self._stays_raised(in_step, raised) if raised else self._change(in_step, then, dates)
        return replace(in_step, before=then.units) if target == then.units else in_step

    def _raised_since(self) -> date | None:
        """When Kontor last raised the line after the month that is closed: the running month may only raise."""
        after = self._occasion.month.last_day
        return max((change.day for change in self._line.own if change.delta > 0 and change.day > after), default=None)

    def _stays_raised(self, in_step: LinePlan, raised: date) -> LinePlan:
        figures = {"target": in_step.target, "before": in_step.before, "date": raised.isoformat()}
        return replace(in_step, state=LineState.LOWER_SO_FAR, reason=Reason("raised_since", figures), missed=0, missed_from=None)

    def _decided(self, in_step: LinePlan, target: int) -> LinePlan:
        """The billing day has decided this line; what differs now is for the next one, and a finding where it is more."""
        if target == in_step.before:
            return in_step
        figures = {"target": target, "before": in_step.before}
        return replace(in_step, reason=Reason("decided_on_billing_day", figures), missed=0, missed_from=None)

    def _no_decrease(self, in_step: LinePlan, problem: Reason, target: int) -> LinePlan:
        if target == in_step.before:
            return in_step
        if problem.key == "contract_ended":
            figures = {**problem.params, "target": target, "before": in_step.before}
            return replace(in_step, state=LineState.LOWER_SO_FAR, reason=Reason("lower_at_the_end", figures))
        return replace(in_step, state=LineState.BLOCKED, reason=problem, code=problem.key)

    def _lower_so_far(self, in_step: LinePlan, dates: When) -> LinePlan:
        date_text = dates.lower_on.isoformat() if dates.lower_on else None
        figures = {"target": in_step.target, "before": in_step.before, "date": date_text}
        key = "fewer_until_billing_day" if dates.way is Billing.MONTHLY else "fewer_so_far"
        return replace(in_step, state=LineState.LOWER_SO_FAR, reason=Reason(key, figures))

    def _change(self, in_step: LinePlan, there: Place, dates: When) -> LinePlan:
        """The line changed from ``there``: planned, held, deferred, waiting, only reported, or stopped."""
        key = "more_used" if (in_step.target or 0) > there.units else "fewer_used"
        figures = {"target": in_step.target, "before": there.units}
        price = there.row.price if there.row else None
        change = replace(in_step, before=there.units, price=price, state=LineState.PLANNED, reason=Reason(key, figures))
        change = dated(change, self._contract, self._line, there.day)
        if dates.waits_until:
            return waiting(change, dates)
        change = replace(change, needs_later=self._line.later is None)
        if self._line.later is not None and (stopped := self._scheduled(change, there)):
            return stopped
        if there.day in self._line.used_dates:
            return self._deferred(change, there.day, dates)
        reason_to_hold = hold(self._facts, self._line, change, when=dates, occasion=self._occasion, limits=self._limits)
        return replace(change, state=LineState.HELD, reason=reason_to_hold) if reason_to_hold else change

    def _scheduled(self, change: LinePlan, there: Place) -> LinePlan | None:
        """Stopped, or left alone, by a change that somebody scheduled in Autotask; None where there is none, or where a person
        said to post in spite of it."""
        rows, known = merged(self._line.rows, self._line.later or ()), None
        if self._line.later_decision == "overwrite":
            known = self._line.later_step
        odd = unexplained(rows, after=there.day, units=there.units, own=self._line.own, known=known)
        if odd is None:
            return None
        day = odd.day.isoformat() if odd.day != date.max else None
        if self._line.later_decision == "keep" and odd == self._line.later_step:
            reason = Reason("scheduled_change_kept", {"units": self._units_after(rows, odd), "date": day})
            return replace(change, reason=reason, waits_until=odd.day, needs_later=False)
        reason = Reason("scheduled_change", {"units": self._units_after(rows, odd), "date": day, "step": odd.units})
        blocked = replace(change, state=LineState.BLOCKED, reason=reason, code=reason.key)
        return replace(blocked, effective_date=None, period_start=None, period_end=None)

    def _units_after(self, rows: Iterable[UnitRow], step: Step) -> int | None:
        return next((row.units for row in rows if row.start_date == step.day), None)

    def _deferred(self, change: LinePlan, day: date, dates: When) -> LinePlan:
        """The ledger has a change of this line on that date already, and Autotask takes only one."""
        kind = self._contract.period_type or self._line.period_type or MONTHLY
        at_start = dates.increase_at_start or (dates.decrease_at_start and (change.delta or 0) < 0)
        if at_start and kind in MONTHS and self._contract.start_date:
            following = next_start(self._contract.start_date, kind, day) or day
        else:
            following = day + timedelta(days=1)
            while following in self._line.used_dates:
                following += timedelta(days=1)
        if self._contract.end_date is not None and following > self._contract.end_date:
            return self._too_late(change, day)
        reason = Reason("already_today", {"date": day.isoformat(), "next": following.isoformat()})
        deferred = replace(change, state=LineState.DEFERRED, reason=reason, needs_later=False)
        if at_start and not change.missed:
            deferred = replace(deferred, missed=change.delta or 0, missed_from=day)
        return dated(deferred, self._contract, self._line, following)

    def _too_late(self, change: LinePlan, day: date) -> LinePlan:
        """The date is used, and the contract ends before another one comes: nothing of the rest can be billed on it."""
        assert self._contract.end_date is not None
        figures = {"contract": self._contract.name, "date": self._contract.end_date.isoformat()}
        plain = replace(change, effective_date=None, period_start=None, period_end=None, needs_later=False)
        if (change.delta or 0) < 0:
            reason = Reason("lower_at_the_end", {**figures, "target": change.target, "before": change.before})
            return replace(plain, state=LineState.LOWER_SO_FAR, reason=reason)
        return replace(plain, state=LineState.BLOCKED, reason=Reason("contract_ended", figures), code="contract_ended")
