"""One usage run: settle what is open, read, plan, hold, post, prove, and say how it went (design, section 7.2).

This module gives the order of the steps; reading is in usage_reading.py, deciding in usage_plan.py, posting in posting.py,
what is kept in ledger.py and run_results.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.errors import ApiError
from webapp.context import now, today
from webapp.domain import LineState, Month, Reason
from webapp.extensions import db
from webapp.models import Change, Run, RunResult
from webapp.services import (
    connections,
    leases,
    ledger_plans,
    preferences,
    run_results,
    runs,
    settle,
    usage_history,
    usage_month,
    usage_reading,
)
from webapp.services.budget import Budget, BudgetReached
from webapp.services.plan_facts import Limits, LinePlan
from webapp.services.posting import Planned
from webapp.services.runs import RunCancelled
from webapp.services.unit_rows import row_in_force
from webapp.services.usage_month import RunStopped
from webapp.services.usage_plan import hold_run, plan_contract
from webapp.services.usage_posting import post_planned
from webapp.services.usage_reading import Reading
from webapp.services.usage_run import UsageRun

FEWEST_ITEMS_PERCENT = 80
UNREADABLE_PERCENT = 2


def carry_out(usage_run: UsageRun) -> Reason | None:
    """Carry out the run up to its results; the caller finishes the run record. Commits as it goes.

    Gives the reason why not everything was posted (first change open, price moved), or None. Raises RunStopped, ApiError,
    BudgetReached, RunCancelled, LeaseLost.
    """
    sophos, autotask = connections.open_sophos(usage_run.counter), connections.open_autotask(usage_run.counter)
    threshold, sent = autotask.threshold(), usage_run.counter.calls.autotask
    usage_run.budget = Budget(threshold, preferences.number("budget_share_percent"), sent)
    usage_run.alive()
    if not usage_run.dry_run:
        settle.open_changes(autotask, alive=usage_run.alive, due_only=False)
    usage_run.contracts = usage_reading.mapped_contracts(usage_run.scope)
    db.session.commit()
    everybody = [member.customer_id for contract in usage_run.contracts for member in contract.members]
    chosen = None if usage_run.scope is None else everybody
    usage_month.read_and_keep(sophos, usage_run.month, run_id=usage_run.run_id, customer_ids=chosen, alive=usage_run.alive)
    runs.keep_alive(usage_run.claim, calls=usage_run.counter.calls, total=_customers(usage_run))
    reading = _read_contracts(usage_run, autotask)
    plans = _planned(usage_run, autotask, reading)
    kept = _keep(usage_run, plans, reading)
    try:
        reason = post_planned(usage_run, autotask, kept) if usage_run.posts else None
    except (RunCancelled, BudgetReached, ApiError):
        db.session.rollback()
        _finish_results(usage_run, reached_only=True)
        raise
    _finish_results(usage_run)
    return reason


def _customers(usage_run: UsageRun) -> int:
    return sum(member.usage_sync for contract in usage_run.contracts for member in contract.members)


def _read_contracts(usage_run: UsageRun, autotask: AutotaskClient) -> Reading:
    """The contracts, lines and units of the run. Raises RunStopped where so much is unreadable that a restricted API user
    must be the cause: such a user sees empty lists, and what cannot be read is never taken for zero."""
    on = plan_date(usage_run.month)
    usage_run.read_at = now()
    reading = usage_reading.read_lines(autotask, [contract.id for contract in usage_run.contracts], on=on, alive=usage_run.alive)
    readable = {line_id for line_id, rows in reading.rows.items() if row_in_force(rows, on)}
    asked = set(reading.histories)
    for contract_id, lines in reading.lines.items():
        mine = {line.id for line in lines} & asked
        if mine and not mine & readable:
            raise RunStopped(Reason("units_not_readable", {"date": on.isoformat(), "contract": contract_id}))
    if len(asked - readable) * 100 > UNREADABLE_PERCENT * len(asked):
        raise RunStopped(Reason("units_not_readable", {"date": on.isoformat()}))
    return reading


def plan_date(month: Month) -> date:
    """The date an increase of this month takes effect: today; for a past month, which is only reported, its last day."""
    day = today()
    if month == Month.of(day):
        return day
    return month.following.first_day - timedelta(days=1)


def _planned(usage_run: UsageRun, autotask: AutotaskClient, reading: Reading) -> list[LinePlan]:
    """The plan of every contract, made a second time with the later unit rows of the lines that would change."""
    first = _plan_all(usage_run, reading)
    raised = (LineState.PLANNED, LineState.HELD)
    differing = [plan.contract_service_id for plan in first if plan.state in raised and plan.contract_service_id is not None]
    db.session.commit()
    if differing:
        usage_reading.read_later_rows(autotask, reading, differing, after=plan_date(usage_run.month))
        usage_run.alive()
    plans = _plan_all(usage_run, reading)
    guard = _run_guard(usage_run)
    db.session.commit()
    return list(hold_run(plans, guard)) if guard else plans


def _plan_all(usage_run: UsageRun, reading: Reading) -> list[LinePlan]:
    limits = Limits(
        mode=usage_run.mode,
        increase_percent=preferences.number("hold_increase_percent"),
        increase_units=preferences.number("hold_increase_units"),
        hold_drift=preferences.get("on_drift") == "hold",
    )
    on = plan_date(usage_run.month)
    facts = usage_reading.facts(usage_run.contracts, reading, month=usage_run.month)
    plans = [plan for contract in facts for plan in plan_contract(contract, on=on, limits=limits)]
    pending = usage_reading.open_changes(reading)
    return [_with_pending(plan, pending.get(plan.contract_service_id or 0)) for plan in plans]


def _with_pending(plan: LinePlan, change: Change | None) -> LinePlan:
    """A line whose last change is not settled shows that change and plans nothing on top of it."""
    if change is None or plan.state is LineState.BLOCKED:
        return plan
    return replace(
        plan,
        before=change.before,
        target=change.target,
        effective_date=change.effective_date,
        state=LineState(change.state),
        reason=Reason(change.reason, change.reason_params),
        code=change.code,
    )


def _run_guard(usage_run: UsageRun) -> Reason | None:
    """Why the whole run waits for a person, or None: far fewer usage items came than last month."""
    if usage_run.scope is not None:
        return None
    now_read, last = usage_history.reading(usage_run.month), usage_history.reading(usage_run.month.previous)
    if now_read and last and now_read.items * 100 < FEWEST_ITEMS_PERCENT * last.items:
        return Reason("hold_run_usage", {"items": now_read.items, "last": last.items})
    return None


def _keep(usage_run: UsageRun, plans: list[LinePlan], reading: Reading) -> Mapping[int, Planned]:
    """Write lines and changes; what may be posted, by change id. In a run that posts nothing, no change is made.

    Commits, and only while the run is still ours.
    """
    if not runs.still_ours(usage_run.claim):
        db.session.rollback()
        raise leases.LeaseLost(f"run {usage_run.run_id}")
    change_ids: dict[int, int] = {}
    versions: Mapping[int, int] = {}
    if usage_run.posts:
        contracts = [contract.id for contract in usage_run.contracts]
        noted = {line_id: history.version for line_id, history in reading.histories.items()}
        kept = ledger_plans.keep_plans(
            plans, run_id=usage_run.run_id, month=str(usage_run.month), contract_ids=contracts, noted=noted
        )
        change_ids, versions = dict(kept.change_ids), kept.versions
    change_ids |= _pending_ids(plans, reading)
    names = {member.customer_id: member.name for contract in usage_run.contracts for member in contract.members}
    run_results.keep_lines(usage_run.run_id, plans, change_ids, names)
    db.session.commit()
    return _to_post(usage_run, plans, change_ids, versions, reading)


def _pending_ids(plans: list[LinePlan], reading: Reading) -> dict[int, int]:
    shown = (LineState.POSTING, LineState.UNKNOWN, LineState.CONFLICT, LineState.NOT_APPLIED)
    found = {}
    for index, plan in enumerate(plans):
        history = reading.histories.get(plan.contract_service_id or 0)
        if plan.state in shown and history and history.open_change_id:
            found[index] = history.open_change_id
    return found


def _to_post(
    usage_run: UsageRun,
    plans: list[LinePlan],
    change_ids: Mapping[int, int],
    versions: Mapping[int, int],
    reading: Reading,
) -> dict[int, Planned]:
    assert usage_run.read_at is not None
    found = {}
    for index, plan in enumerate(plans):
        line_id, change_id = plan.contract_service_id, change_ids.get(index)
        if plan.state is LineState.PLANNED and change_id and line_id is not None and line_id in versions:
            row = row_in_force(reading.rows[line_id], plan_date(usage_run.month))
            found[change_id] = Planned(change_id, versions[line_id], row.price if row else None, usage_run.read_at)
    return found


def _finish_results(usage_run: UsageRun, *, reached_only: bool = False) -> list[RunResult]:
    """Write the result of each customer; ``reached_only`` leaves out those with a change that was not posted. Commits."""
    groups = [(contract.id, contract.members) for contract in usage_run.contracts]
    results = run_results.keep_results(usage_run.run_id, groups, reached_only=reached_only)
    if not usage_run.dry_run:
        run = db.session.get(Run, usage_run.run_id)
        assert run is not None
        run.customers_done = len(results)
        run_results.show_on_customers(run, results)
    db.session.commit()
    return results
