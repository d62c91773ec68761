"""A run that a person's approval asked for: look again, and post what is still as it was approved (design, section 7.2 "Guard").

It settles, reads and posts as every usage run does, under the same lease, but only the changes asked for appear in it; other
lines of their contracts are neither shown nor touched. Carried out again after its process died, it goes on where the ledger
says that it stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.errors import ApiError
from webapp.clients.sophos.client import SophosClient
from webapp.context import now, today
from webapp.domain import Decision, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change, Run, RunLine
from webapp.services import (
    approval_lines,
    approval_plans,
    approval_verdicts,
    approvals,
    budget,
    connections,
    decided,
    leases,
    ledger,
    ledger_plans,
    posting_queue,
    run_results,
    runs,
    settle,
)
from webapp.services.approval_plans import plan_again, planned_for
from webapp.services.approval_verdicts import OWN_ORIGINS, Verdict
from webapp.services.budget import BudgetReached
from webapp.services.mapped_contracts import MappedContract
from webapp.services.posting import Planned
from webapp.services.runs import RunCancelled
from webapp.services.usage_month import RunStopped
from webapp.services.usage_planning import Planning
from webapp.services.usage_posting import post_queue
from webapp.services.usage_run import UsageRun

_CAME_THIS_FAR = (
    LineState.POSTING,
    LineState.UNKNOWN,
    LineState.NOT_APPLIED,
    LineState.CONFLICT,
    LineState.CONFIRMED,
    LineState.REJECTED,
    LineState.DEFERRED,
)


@dataclass
class _Asked:
    """The changes of the run: those that ``wait`` for a verdict, those that an earlier try of the run brought further, and those
    that are ``gone``: decided or posted otherwise."""

    waiting: list[Change] = field(default_factory=list)
    begun: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)

    @property
    def repeats(self) -> list[Change]:
        return [change for change in self.begun if change.state == LineState.NOT_APPLIED]


@dataclass
class _Look:
    """What the fresh look found: the verdict of each change, the plans of each month, and what is posted again."""

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    plans: list[Planning] = field(default_factory=list)


def carry_out(usage_run: UsageRun) -> Reason | None:
    """Carry out the run up to its results; the caller finishes the run record. Commits as it goes.

    Gives the reason why not everything was posted, or None. Raises RunStopped (posting_paused), ApiError, BudgetReached,
    RunCancelled, LeaseLost.
    """
    if not usage_run.posts:
        raise RunStopped(Reason("posting_paused"))
    sophos, autotask = connections.open_sophos(usage_run.counter), connections.open_autotask(usage_run.counter)
    usage_run.budget = budget.measured(autotask, usage_run.counter)
    usage_run.alive()
    price_moved = settle.open_changes(autotask, alive=usage_run.alive, due_only=False).price_moved
    look = _look_again(usage_run, sophos, autotask)
    queue = _keep(usage_run, look)
    try:
        total = sum(member.usage_sync for contract in usage_run.contracts for member in contract.members)
        runs.keep_alive(usage_run.claim, calls=usage_run.counter.calls, total=total)
        reason = price_moved or post_queue(usage_run, autotask, queue)
    except RunCancelled:
        db.session.rollback()
        _take_back(usage_run.run_id)
        _finish_results(usage_run, reached_only=True)
        raise
    except (BudgetReached, ApiError):
        db.session.rollback()
        _take_back(usage_run.run_id, lost_only=True)
        _finish_results(usage_run, reached_only=True)
        raise
    _take_back(usage_run.run_id, lost_only=True)
    _finish_results(usage_run)
    return reason


def _asked(run_id: int, *, lock: bool = False) -> _Asked:
    """The changes of the run as they are now; ``lock``: nobody decides them before this transaction ends."""
    run = runs.get(run_id)
    ids = run.change_ids or []
    if lock:
        db.session.scalars(select(Change.id).where(Change.id.in_(ids)).order_by(Change.id).with_for_update()).all()
    lines = {line.change_id: line.state for line in db.session.scalars(select(RunLine).where(RunLine.run_id == run_id))}
    found = approvals.asked_for(ids)
    asked = _Asked(waiting=found.waiting)
    for change in found.stale:
        began = change.id in lines and (change.state in _CAME_THIS_FAR or change.state == lines[change.id])
        (asked.begun if began else asked.gone).append(change)
    return asked


def _look_again(usage_run: UsageRun, sophos: SophosClient, autotask: AutotaskClient) -> _Look:
    """Read both systems again and judge each change that waits. A month that cannot be read blocks its own changes only."""
    look, months, others = _Look(), defaultdict(list), defaultdict(list)
    asked = _asked(usage_run.run_id)
    run_results.follow_changes([change.id for change in asked.begun])  # a try that died may not have told
    for change in (*asked.waiting, *asked.repeats):
        if change.origin in OWN_ORIGINS:
            others[Origin(change.origin)].append(change)
        else:
            months[planned_for(change)].append(change)
    db.session.commit()
    for origin, changes in others.items():
        look.verdicts.update(OWN_ORIGINS[origin](autotask, changes))
    for (month, closed), changes in months.items():
        ids = sorted({change.contract_id for change in changes})
        try:
            plans = plan_again(usage_run, sophos, autotask, contract_ids=ids, month=month, closed=closed)
        except RunStopped as error:
            db.session.rollback()
            look.verdicts.update((change.id, approval_verdicts.blocked(error.reason)) for change in changes)
            continue
        look.plans += plans
        look.verdicts.update((change.id, _verdict(change, plans)) for change in changes)
        db.session.commit()
    return look


def _verdict(change: Change, plannings: Sequence[Planning]) -> Verdict:
    """What the new plan of its line says of the change, with all that is needed to post it."""
    wanted = decided.key(change)
    plans = [(planning, plan) for planning in plannings for plan in planning.plans if decided.key(plan) == wanted]
    verdict = approval_verdicts.of_plan(change, plans[0][1] if plans else None)
    if not plans:
        return verdict
    planning, history = plans[0][0], plans[0][0].reading.histories.get(change.contract_service_id or 0)
    return replace(verdict, version=history.version if history else 0, read_at=planning.read_at)


def _keep(usage_run: UsageRun, look: _Look) -> list[Planned]:
    """Write the decisions and the lines; what may be posted, repeats first. Commits, and only while the run is still ours."""
    if not runs.still_ours(usage_run.claim):
        db.session.rollback()
        raise leases.LeaseLost(f"run {usage_run.run_id}")
    asked, run = _asked(usage_run.run_id, lock=True), runs.get(usage_run.run_id)
    changes = [change for change in asked.waiting if change.id in look.verdicts]
    approval_lines.keep(run, look.verdicts, changes, asked.gone)
    queue = [item for change in changes if (item := _decide(run, change, look.verdicts[change.id]))]
    everything = (*asked.waiting, *asked.begun, *asked.gone)
    usage_run.contracts = _contracts(look.plans, {change.contract_id for change in everything})
    planned = {contract.id for contract in usage_run.contracts}
    usage_run.contracts += approval_plans.contracts_of(change for change in everything if change.contract_id not in planned)
    again = {change.id for change in asked.repeats}
    db.session.commit()
    repeats = [item for plans in look.plans for item in _repeats(plans, again)]
    db.session.commit()
    return repeats + queue


def _decide(run: Run, change: Change, verdict: Verdict) -> Planned | None:
    """Write the decision into the change's own row; what may be posted now, as the poster wants it. Flushes."""
    approved = verdict.state is not LineState.BLOCKED
    if not approved and change.state == LineState.HELD:
        return None
    states = {LineState.BLOCKED: LineState.HELD, LineState.SUPERSEDED: LineState.SUPERSEDED}
    change.state, change.changed_at, change.run_id = states.get(verdict.state, LineState.PLANNED), now(), run.id
    change.code = verdict.code if verdict.state is LineState.SUPERSEDED else None
    if not approved:
        _undecide(change)
    elif change.decision != Decision.APPROVED:
        change.decision, change.decided_by, change.decided_at = Decision.APPROVED, run.requested_by, now()
    if change.state == LineState.PLANNED:
        change.effective_date = verdict.effective_date or change.effective_date
        change.period_start, change.period_end = verdict.period_start, verdict.period_end
    if verdict.instead:
        ledger_plans.hold_anew(verdict.instead, run_id=run.id, month=change.month, closed=change.closed)
    ledger.raise_versions([change.contract_service_id])
    db.session.flush()
    return _to_post(change, verdict)


def _undecide(change: Change) -> None:
    change.decision, change.decided_by, change.decided_at = None, None, None


def _to_post(change: Change, verdict: Verdict) -> Planned | None:
    """None where it is not for now, or where somebody moved the line since it was read: the next run looks again."""
    waits = verdict.waits_until is not None and verdict.waits_until > today()
    if verdict.state is not LineState.PLANNED or waits or verdict.read_at is None:
        return None
    line_id = change.contract_service_id
    version = ledger.version(line_id) if line_id is not None else 0
    if line_id is not None and version != verdict.version + 1:
        return None
    return Planned(change.id, version, verdict.price, verdict.read_at)


def _contracts(plannings: Sequence[Planning], contract_ids: Collection[int]) -> list[MappedContract]:
    """The contracts of the changes, each once."""
    found = {contract.id: contract for planning in plannings for contract in planning.contracts if contract.id in contract_ids}
    return list(found.values())


def _repeats(planning: Planning, change_ids: Collection[int]) -> list[Planned]:
    """What an earlier try of this run sent and Autotask did not make, to be posted again in its own row. Flushes or commits."""
    chosen = [(planning.plans[index], change_id) for index, change_id in planning.settled.items() if change_id in change_ids]
    mine, settled = [plan for plan, _ in chosen], {index: change_id for index, (_, change_id) in enumerate(chosen)}
    return posting_queue.to_repeat(mine, settled, planning.reading, read_at=planning.read_at)


def _take_back(run_id: int, *, lost_only: bool = False) -> None:
    """What was not reached waits for a person again: all of it where the run was cancelled, with ``lost_only`` what no plan of
    the next sync would bring back. Commits."""
    for line in db.session.scalars(select(RunLine).where(RunLine.run_id == run_id, RunLine.state == LineState.PLANNED)):
        change = db.session.get(Change, line.change_id, populate_existing=True, with_for_update=True)
        if change is not None and decided.waits(change) and not (lost_only and decided.comes_back(change)):
            change.state, change.changed_at, line.state = LineState.HELD, now(), LineState.HELD
            _undecide(change)
            ledger.raise_versions([change.contract_service_id])
    db.session.commit()


def _finish_results(usage_run: UsageRun, *, reached_only: bool = False) -> None:
    """Write the result of each customer on the contracts concerned. The customers page goes on showing their last sync, which
    looked at all their lines. Commits."""
    groups = [(contract.id, contract.members) for contract in usage_run.contracts]
    results = run_results.keep_results(usage_run.run_id, groups, reached_only=reached_only)
    runs.get(usage_run.run_id).customers_done = len(results)
    db.session.commit()
