"""One usage run: settle what is open, read, plan, hold, post, prove, and say how it went (design, section 7.2).

This module gives the order of the steps; reading is in usage_reading.py, deciding in usage_plan.py, posting in posting.py,
what is kept in ledger.py and run_results.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.errors import ApiError
from webapp.context import now
from webapp.domain import LineState, Reason
from webapp.extensions import db
from webapp.models import Run, RunResult
from webapp.services import (
    connections,
    leases,
    ledger_plans,
    pending,
    posting_queue,
    preferences,
    run_results,
    runs,
    settle,
    usage_history,
    usage_month,
    usage_reading,
)
from webapp.services.budget import DOCUMENTED, Budget, BudgetReached
from webapp.services.plan_facts import Facts, Limits, LinePlan
from webapp.services.posting import Planned
from webapp.services.runs import RunCancelled
from webapp.services.unit_rows import row_in_force
from webapp.services.usage_month import RunStopped
from webapp.services.usage_plan import hold_run, plan_contract
from webapp.services.usage_posting import post_queue
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
    threshold, sent = autotask.threshold_if_told() or DOCUMENTED, usage_run.counter.calls.autotask
    usage_run.budget = Budget(threshold, preferences.number("budget_share_percent"), sent)
    usage_run.alive()
    price_moved = None
    if not usage_run.dry_run:
        price_moved = settle.open_changes(autotask, alive=usage_run.alive, due_only=False).price_moved
    usage_run.contracts = usage_reading.mapped_contracts(usage_run.scope)
    db.session.commit()
    if usage_run.scope is not None and not usage_run.contracts:
        return None  # none of the chosen customers takes part: nothing to read
    everybody = [member.customer_id for contract in usage_run.contracts for member in contract.members]
    chosen = None if usage_run.scope is None else everybody
    usage_month.read_and_keep(sophos, usage_run.month, run_id=usage_run.run_id, customer_ids=chosen, alive=usage_run.alive)
    runs.keep_alive(usage_run.claim, calls=usage_run.counter.calls, total=_customers(usage_run))
    reading = _read_contracts(usage_run, autotask)
    plans, settled = _planned(usage_run, autotask, reading)
    queue = _keep(usage_run, plans, settled, reading)
    try:
        reason = price_moved or (post_queue(usage_run, autotask, queue) if usage_run.posts else None)
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
    on = usage_run.on
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


def _planned(usage_run: UsageRun, autotask: AutotaskClient, reading: Reading) -> tuple[list[LinePlan], dict[int, int]]:
    """The plan of every contract, made a second time with the later unit rows of the lines that would change; and the changes
    of the ledger that stand in place of a plan, by its index."""
    contracts, limits = usage_reading.facts(usage_run.contracts, reading, month=usage_run.month), _limits(usage_run)
    first = _plan_all(usage_run, contracts, limits)
    raised = (LineState.PLANNED, LineState.HELD)
    differing = [plan.contract_service_id for plan in first if plan.state in raised and plan.contract_service_id is not None]
    db.session.commit()
    if differing:
        usage_reading.read_later_rows(autotask, reading, differing, after=usage_run.on)
        usage_run.alive()
    plans = _plan_all(usage_run, usage_reading.with_later_rows(contracts, reading), limits)
    if guard := _run_guard(usage_run):
        plans = list(hold_run(plans, guard))
    found = pending.shown(plans, reading, repeats_refused=usage_run.repeats_refused)
    db.session.commit()
    return found


def _limits(usage_run: UsageRun) -> Limits:
    return Limits(
        mode=usage_run.mode,
        increase_percent=preferences.number("hold_increase_percent"),
        increase_units=preferences.number("hold_increase_units"),
        hold_drift=preferences.get("on_drift") == "hold",
    )


def _plan_all(usage_run: UsageRun, contracts: Iterable[Facts], limits: Limits) -> list[LinePlan]:
    return [plan for contract in contracts for plan in plan_contract(contract, on=usage_run.on, limits=limits)]


def _run_guard(usage_run: UsageRun) -> Reason | None:
    """Why the whole run waits for a person, or None: far fewer usage items came than last month."""
    if usage_run.scope is not None:
        return None
    now_read, last = usage_history.reading(usage_run.month), usage_history.reading(usage_run.month.previous)
    if now_read and last and now_read.items * 100 < FEWEST_ITEMS_PERCENT * last.items:
        return Reason("hold_run_usage", {"items": now_read.items, "last": last.items})
    return None


def _keep(usage_run: UsageRun, plans: list[LinePlan], settled: Mapping[int, int], reading: Reading) -> list[Planned]:
    """Write lines and changes; what may be posted, repeats first. In a run that posts nothing, no change is made.

    Commits, and only while the run is still ours.
    """
    if not runs.still_ours(usage_run.claim):
        db.session.rollback()
        raise leases.LeaseLost(f"run {usage_run.run_id}")
    kept = ledger_plans.Kept({}, {})
    if usage_run.posts:
        contracts = [contract.id for contract in usage_run.contracts]
        noted = {line_id: history.version for line_id, history in reading.histories.items()}
        kept = ledger_plans.keep_plans(
            plans, run_id=usage_run.run_id, month=str(usage_run.month), contract_ids=contracts, noted=noted
        )
    names = {member.customer_id: member.name for contract in usage_run.contracts for member in contract.members}
    run_results.keep_lines(usage_run.run_id, plans, {**kept.change_ids, **settled}, names)
    db.session.commit()
    if not usage_run.posts:
        return []
    assert usage_run.read_at is not None
    on, read_at = usage_run.on, usage_run.read_at
    queue = posting_queue.to_repeat(plans, settled, reading, on=on, read_at=read_at)
    queue += posting_queue.to_post(plans, kept, reading, on=on, read_at=read_at)
    db.session.commit()
    return queue


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
