"""The run that prepares an undo: reads the lines of the confirmed changes of another run, and holds an opposing change on each
line that still stands where that run left it (design, section 7.2 "Undo a run"). It posts nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from webapp.context import now
from webapp.domain import OPEN_CHANGE_STATES, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change, Run, RunLine, RunResult
from webapp.services import connections, fresh_look, leases, ledger, ledger_plans, pins, run_results, runs, undo
from webapp.services.fresh_look import Asked, Look
from webapp.services.plan_facts import Member
from webapp.services.usage_run import UsageRun

_UNDER_WAY = (*OPEN_CHANGE_STATES, LineState.NOT_APPLIED)
_WAITS = (LineState.HELD, LineState.PLANNED)
_SAYS_SOMETHING = (*_UNDER_WAY, *_WAITS, LineState.CONFIRMED)


def carry_out(usage_run: UsageRun) -> Reason | None:
    """Carry out the run up to its results; the caller finishes the run record. Commits; raises ApiError, LeaseLost."""
    run = runs.get(usage_run.run_id)
    assert run.undo_of is not None
    changes = undo.changes_of(run.undo_of)
    asked = [_asked(change) for change in changes]
    db.session.commit()
    looks = fresh_look.look(connections.open_autotask(usage_run.counter), asked, alive=usage_run.alive)
    if not runs.still_ours(usage_run.claim):
        db.session.rollback()
        raise leases.LeaseLost(f"run {usage_run.run_id}")
    _keep(runs.get(usage_run.run_id), looks)
    return None


def _asked(change: Change) -> Asked:
    assert change.contract_service_id is not None
    return Asked(change.id, change.contract_id, change.contract_service_id, change.target, change.effective_date)


def _keep(run: Run, looks: Mapping[int, Look]) -> None:
    """Write the held changes, the pins, the lines and the results of the run. Commits."""
    db.session.query(RunLine).filter(RunLine.run_id == run.id).delete()
    assert run.undo_of is not None
    changes, names = sorted(ledger.with_ids(sorted(looks)), key=lambda change: change.id), _names(run.undo_of)
    since, contracts = _happened_since(changes), _contract_names(run.undo_of)
    for change in changes:
        found = looks[change.id]
        problem = found.problem or since.get(change.id)
        held = _hold(run, change, found) if problem is None else None
        if problem is None and held is None:
            problem = Reason("undo_open")
        line = _line(run, change, held, problem, found)
        line.contract_name = contracts.get(change.contract_id, "")
        line.customer_names = [names.get(customer_id, customer_id) for customer_id in change.customer_ids]
        db.session.add(line)
    db.session.flush()
    groups = _members(changes, names)
    run.customers_total = run.customers_done = len(run_results.keep_results(run.id, groups))
    db.session.commit()


def _happened_since(changes: Sequence[Change]) -> dict[int, Reason]:
    """Of which changes the ledger knows why they are not taken back, because of what happened on their line since."""
    by_line: dict[int | None, list[Change]] = defaultdict(list)
    lines = {change.contract_service_id for change in changes}
    for other in db.session.scalars(select(Change).where(Change.state.in_(_SAYS_SOMETHING)).order_by(Change.id)):
        if other.contract_service_id in lines:
            by_line[other.contract_service_id].append(other)
    found = ((change.id, _since(change, by_line[change.contract_service_id])) for change in changes)
    return {change_id: reason for change_id, reason in found if reason}


def _since(change: Change, of_line: Sequence[Change]) -> Reason | None:
    for other in of_line:
        if other.state in _UNDER_WAY:
            return Reason("undo_open")
        if other.state in _WAITS and other.origin == Origin.CORRECTION:
            return Reason("undo_other_waits")
        if other.state == LineState.CONFIRMED and other.id > change.id:
            return Reason("undo_changed", {"run": other.run_id})
    return None


def _hold(run: Run, change: Change, found: Look) -> Change | None:
    """The held change that takes ``change`` back, and the line pinned; None where something happened on the line since it was
    looked at. What else waited on the line gives way. Flushes."""
    assert change.contract_service_id is not None
    assert run.undo_of is not None
    assert found.effective_date is not None
    if not pins.pin(change.contract_service_id, noted_version=found.version, run_id=run.undo_of, by=run.requested_by):
        return None
    waiting = select(Change).where(Change.contract_service_id == change.contract_service_id, Change.state.in_(_WAITS))
    for other in db.session.scalars(waiting.with_for_update()):
        other.state, other.changed_at = LineState.SUPERSEDED, now()
    db.session.flush()
    held = ledger_plans.reversal(
        of=change,
        origin=Origin.UNDO,
        before=change.target,
        target=change.before,
        effective_date=found.effective_date,
        reason=Reason("hold_undo", {"run": run.undo_of}),
        run_id=run.id,
    )
    db.session.add(held)
    db.session.flush()
    return held


def _line(run: Run, change: Change, held: Change | None, problem: Reason | None, found: Look) -> RunLine:
    reason = problem or Reason("hold_undo", {"run": run.undo_of})
    return RunLine(
        run_id=run.id,
        change_id=held.id if held else None,
        contract_id=change.contract_id,
        contract_service_id=change.contract_service_id,
        service_id=change.service_id,
        service_name=change.service_name,
        customer_ids=list(change.customer_ids),
        products=list(change.products),
        before=found.units,
        target=change.before,
        delta=held.delta if held else None,
        effective_date=held.effective_date if held else None,
        price=found.price,
        state=LineState.HELD if held else LineState.BLOCKED,
        code=problem.key if problem else None,
        reason=reason.key,
        reason_params=dict(reason.params),
    )


def _contract_names(run_id: int) -> dict[int | None, str]:
    named = select(RunLine.contract_id, RunLine.contract_name).where(RunLine.run_id == run_id)
    return {contract_id: name for contract_id, name in db.session.execute(named)}


def _names(run_id: int) -> dict[str, str]:
    """The customers' names as the run that is taken back knew them."""
    named = select(RunResult.customer_id, RunResult.customer_name).where(RunResult.run_id == run_id)
    return {customer_id: name for customer_id, name in db.session.execute(named)}


def _members(changes: Sequence[Change], names: Mapping[str, str]) -> list[tuple[int, list[Member]]]:
    customers: dict[int, set[str]] = {}
    for change in changes:
        customers.setdefault(change.contract_id, set()).update(change.customer_ids)
    return [
        (contract_id, [Member(customer_id, names.get(customer_id, customer_id)) for customer_id in sorted(ids)])
        for contract_id, ids in customers.items()
    ]
