"""One usage run: settle what is open, read, plan, hold, post, prove, and say how it went (design, section 7.2).

This module gives the order of the steps; reading and planning are in usage_planning.py, deciding in usage_plan.py, posting in
posting.py, what is kept in ledger.py and run_results.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webapp.clients.errors import ApiError
from webapp.domain import Reason
from webapp.extensions import db
from webapp.models import Run, RunResult
from webapp.services import (
    budget,
    connections,
    leases,
    ledger_plans,
    line_months,
    posting_queue,
    run_results,
    runs,
    settle,
    usage_findings,
    usage_planning,
)
from webapp.services.billing_dates import Occasion
from webapp.services.budget import BudgetReached
from webapp.services.line_months import MonthOfLine
from webapp.services.plan_facts import LinePlan
from webapp.services.posting import Planned
from webapp.services.runs import RunCancelled
from webapp.services.usage_planning import Planning
from webapp.services.usage_posting import post_queue
from webapp.services.usage_run import UsageRun


def carry_out(usage_run: UsageRun) -> Reason | None:
    """Carry out the run up to its results; the caller finishes the run record. Commits as it goes.

    Gives the reason why not everything was posted (first change open, price moved), or None. Raises RunStopped, ApiError,
    BudgetReached, RunCancelled, LeaseLost.
    """
    sophos, autotask = connections.open_sophos(usage_run.counter), connections.open_autotask(usage_run.counter)
    usage_run.budget = budget.measured(autotask, usage_run.counter)
    usage_run.alive()
    price_moved = None
    if not usage_run.dry_run:
        price_moved = settle.open_changes(autotask, alive=usage_run.alive, due_only=False).price_moved
    planning = usage_planning.plan(usage_run, sophos, autotask)
    queue = _keep(usage_run, planning)
    try:
        reason = price_moved or (post_queue(usage_run, autotask, queue) if usage_run.posts else None)
    except (RunCancelled, BudgetReached, ApiError):
        db.session.rollback()
        _finish_results(usage_run, reached_only=True)
        raise
    _finish_results(usage_run)
    return reason


def _keep(usage_run: UsageRun, planning: Planning) -> list[Planned]:
    """Write lines and changes; what may be posted, repeats first. In a run that posts nothing, no change is made.

    Commits, and only while the run is still ours.
    """
    if not runs.still_ours(usage_run.claim):
        db.session.rollback()
        raise leases.LeaseLost(f"run {usage_run.run_id}")
    plans, reading, kept = planning.plans, planning.reading, ledger_plans.Kept({}, {})
    if usage_run.posts:
        kept = ledger_plans.keep_plans(
            plans,
            run_id=usage_run.run_id,
            month=str(usage_run.month),
            closed=usage_run.closed,
            contract_ids=[contract.id for contract in usage_run.contracts],
            noted={line_id: history.version for line_id, history in reading.histories.items()},
        )
    names = {member.customer_id: member.name for contract in usage_run.contracts for member in contract.members}
    run_results.keep_lines(usage_run.run_id, plans, {**kept.change_ids, **planning.settled}, names)
    line_months.keep(usage_run.run_id, usage_run.month, _months(plans, usage_run.occasion))
    if not usage_run.dry_run:
        usage_findings.note_missed(usage_run.month, plans)
    db.session.commit()
    if not usage_run.posts:
        return []
    queue = posting_queue.to_repeat(plans, planning.settled, reading, read_at=planning.read_at)
    queue += posting_queue.to_post(plans, kept, read_at=planning.read_at)
    db.session.commit()
    return queue


def _months(plans: Iterable[LinePlan], occasion: Occasion) -> Iterator[MonthOfLine]:
    """What the plans say of each line for the month, for the history and the billing check."""
    for plan in plans:
        if plan.contract_service_id is not None and plan.service_id is not None:
            yield MonthOfLine(
                contract_id=plan.contract_id,
                contract_service_id=plan.contract_service_id,
                service_id=plan.service_id,
                service_name=plan.service_name,
                customer_ids=plan.customer_ids,
                products=plan.products,
                units=plan.units,
                units_on=plan.units_on or occasion.today,
                price=plan.price,
                posted=plan.posted,
                target=plan.target,
                state=plan.state,
                code=plan.code,
            )


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
