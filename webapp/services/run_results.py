"""What a run leaves behind: its lines, its result per customer, and the state that the customers page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update

from webapp.context import now
from webapp.domain import FAILED_LINE_STATES, LineState, Reason, ResultState, RunState
from webapp.extensions import changed_rows, db
from webapp.models import Change, Run, RunLine, RunResult
from webapp.models import Mapping as CustomerMapping
from webapp.services import line_months
from webapp.services.plan_facts import LinePlan, Member
from webapp.services.refresh_customers import CustomerRefresh

STATE_CODES = {
    LineState.REJECTED: "refused_by_autotask",
    LineState.UNKNOWN: "outcome_unknown",
    LineState.NOT_APPLIED: "not_applied",
    LineState.CONFLICT: "conflict",
}
"""The code of a failed line that carries none of its own."""


def keep_lines(run_id: int, plans: Sequence[LinePlan], change_ids: Mapping[int, int], names: Mapping[str, str]) -> None:
    """Write the lines of a run. Flushes. Lines that an interrupted try of the same run had already proved stay as they are."""
    stale = delete(RunLine).where(RunLine.run_id == run_id, RunLine.state != LineState.CONFIRMED)
    db.session.execute(stale)
    done = set(db.session.scalars(select(RunLine.contract_service_id).where(RunLine.run_id == run_id)))
    for index, plan in enumerate(plans):
        if plan.contract_service_id is not None and plan.contract_service_id in done and index not in change_ids:
            continue
        db.session.add(_line(run_id, plan, change_ids.get(index), names))
    db.session.flush()


def _line(run_id: int, plan: LinePlan, change_id: int | None, names: Mapping[str, str]) -> RunLine:
    return RunLine(
        run_id=run_id,
        change_id=change_id,
        contract_id=plan.contract_id,
        contract_name=plan.contract_name,
        contract_service_id=plan.contract_service_id,
        service_id=plan.service_id,
        service_name=plan.service_name,
        customer_ids=list(plan.customer_ids),
        customer_names=[names.get(customer_id, customer_id) for customer_id in plan.customer_ids],
        products=list(plan.products),
        before=plan.before,
        target=plan.target,
        delta=plan.delta,
        effective_date=plan.effective_date,
        price=plan.price,
        period_start=plan.period_start,
        period_end=plan.period_end,
        waits_until=plan.waits_until,
        decided=plan.decided,
        state=plan.state,
        code=plan.code,
        reason=plan.reason.key,
        reason_params=dict(plan.reason.params),
    )


def follow_changes(change_ids: Iterable[int]) -> set[int]:
    """Bring the lines that tell of these changes to what became of them; the ids of the runs they belong to. Flushes.

    Only lines that were not settled follow: a run keeps saying "held" of what was held in it.
    """
    runs: set[int] = set()
    changes = list(change_ids)
    for change_id in changes:
        change = db.session.get(Change, change_id, populate_existing=True)
        if change is None:
            continue
        open_states = (LineState.PLANNED, LineState.POSTING, LineState.UNKNOWN, LineState.NOT_APPLIED)
        for line in db.session.scalars(select(RunLine).where(RunLine.change_id == change_id, RunLine.state.in_(open_states))):
            line.state, line.code = change.state, change.code
            line.reason_params = {**line.reason_params, **change.reason_params}
            line.effective_date = change.effective_date
            if change.new_line:  # its line became known on the way, and what that line shows
                line.contract_service_id, line.before, line.delta = change.contract_service_id, change.before, change.delta
            runs.add(line.run_id)
    line_months.follow(changes)
    db.session.flush()
    return runs


def keep_results(run_id: int, groups: Iterable[tuple[int, Sequence[Member]]], *, reached_only: bool = False) -> list[RunResult]:
    """The result of each customer, from the lines of its contract. Flushes.

    ``reached_only``: the run was stopped; customers whose contract has a change that was not posted are left out.
    A customer has failed if any line of its contract has (design, section 8), because the contract is planned whole.
    """
    lines: dict[int, list[RunLine]] = {}
    for line in db.session.scalars(select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.id)):
        lines.setdefault(line.contract_id or 0, []).append(line)
    results: list[RunResult] = []
    for contract_id, members in groups:
        own = lines.get(contract_id, [])
        if reached_only and any(line.state == LineState.PLANNED for line in own):
            continue
        for member in members:
            if member.usage_sync:
                results.append(_result(run_id, member, own))
    # who was skipped when the run was asked for may take part by now
    old = or_(RunResult.state != ResultState.SKIPPED, RunResult.customer_id.in_([result.customer_id for result in results]))
    db.session.execute(delete(RunResult).where(RunResult.run_id == run_id, old))
    db.session.add_all(results)
    db.session.flush()
    return results


def _result(run_id: int, member: Member, lines: Sequence[RunLine]) -> RunResult:
    own = [line for line in lines if member.customer_id in line.customer_ids]
    failed = next((line for line in lines if line.state in FAILED_LINE_STATES), None)
    problem = problem_of(failed) if failed else None
    return RunResult(
        run_id=run_id,
        customer_id=member.customer_id,
        customer_name=member.name,
        state=ResultState.FAILED if failed else ResultState.SUCCEEDED,
        held=sum(line.state == LineState.HELD for line in own),
        deferred=sum(line.state == LineState.DEFERRED for line in own),
        changed=sum(line.state == LineState.CONFIRMED for line in own),
        error_code=problem.key if problem else None,
        error_params=dict(problem.params) if problem else {},
    )


def problem_of(line: RunLine) -> Reason:
    """Why a failed line failed."""
    return Reason(line.code or STATE_CODES[LineState(line.state)], {"service": line.service_name, **line.reason_params})


def skip(run_id: int, customer_id: str, name: str) -> None:
    """A customer that was asked for by id and takes no part. Flushes."""
    db.session.add(
        RunResult(
            run_id=run_id,
            customer_id=customer_id,
            customer_name=name,
            state=ResultState.SKIPPED,
            error_code="not_eligible",
            error_params={"customer": name},
        )
    )
    db.session.flush()


def show_on_customers(run: Run, results: Iterable[RunResult]) -> None:
    """Note on each mapping how its last real usage run ended, for the customers page. Flushes."""
    moment = now()
    for result in results:
        changed_rows(
            update(CustomerMapping)
            .where(CustomerMapping.customer_id == result.customer_id)
            .values(status=result.state, status_at=moment, status_code=result.error_code, status_run_id=run.id)
        )


def refresh_result(run_id: int) -> None:
    """Judge the customers of a finished run again, after one of its changes was settled. Flushes."""
    run = db.session.get(Run, run_id)
    assert run is not None
    lines = list(db.session.scalars(select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.id)))
    results = [result for result in run.results if result.state != ResultState.SKIPPED]
    for result in results:
        contracts = {line.contract_id for line in lines if result.customer_id in line.customer_ids}
        if not contracts and (mapping := db.session.get(CustomerMapping, result.customer_id)):
            contracts = {mapping.contract_id}  # it uses nothing itself, but the contract is planned whole
        own = [line for line in lines if line.contract_id in contracts]
        judged = _result(run_id, Member(result.customer_id, result.customer_name), own)
        for name in ("state", "held", "deferred", "changed", "error_code", "error_params"):
            setattr(result, name, getattr(judged, name))
    all_well = all(result.state == ResultState.SUCCEEDED for result in results)
    if run.state == RunState.PARTIAL and run.error_code is None and all_well:
        run.state = RunState.SUCCEEDED
    show_on_customers(run, [result for result in results if _is_shown(run_id, result.customer_id)])
    db.session.flush()


def _is_shown(run_id: int, customer_id: str) -> bool:
    mapping = db.session.get(CustomerMapping, customer_id)
    return mapping is not None and mapping.status_run_id == run_id


def any_failed(run_id: int) -> bool:
    """Whether the run failed for some customer. Reads only."""
    return _any(run_id, ResultState.FAILED)


def any_succeeded(run_id: int) -> bool:
    """Whether the run did what it should for some customer. Reads only."""
    return _any(run_id, ResultState.SUCCEEDED)


def _any(run_id: int, state: ResultState) -> bool:
    found = select(RunResult.id).where(RunResult.run_id == run_id, RunResult.state == state).limit(1)
    return db.session.scalar(found) is not None


def keep_refreshed(run_id: int, customers: Iterable[CustomerRefresh]) -> None:
    """How a refresh went for each customer it read. Commits."""
    db.session.execute(delete(RunResult).where(RunResult.run_id == run_id))
    db.session.add_all(
        RunResult(
            run_id=run_id,
            customer_id=each.customer_id,
            customer_name=each.customer_name,
            state=each.state,
            error_code=each.code,
            error_params={"customer": each.customer_name} if each.code else {},
        )
        for each in customers
    )
    db.session.commit()


def keep_tickets(run_id: int, customer_id: str, name: str, failed: tuple[str, dict[str, Any]] | None) -> None:
    """How a ticket run went for one customer; ``failed`` is the code with its figures. The caller commits."""
    row = db.session.scalar(select(RunResult).where(RunResult.run_id == run_id, RunResult.customer_id == customer_id))
    if row is None:
        row = RunResult(run_id=run_id, customer_id=customer_id, customer_name=name)
        db.session.add(row)
    row.state = ResultState.FAILED if failed else ResultState.SUCCEEDED
    row.error_code, row.error_params = failed if failed else (None, {})
