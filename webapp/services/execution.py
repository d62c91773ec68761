"""Carries out one run from its claim to its end, whatever happens in between. Jobs and commands both come through here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from webapp.clients.errors import ApiError
from webapp.clients.http import Counter
from webapp.context import now
from webapp.domain import Calls, Lease, Mode, Reason, RunKind, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import (
    approval_run,
    closing,
    leases,
    preferences,
    refresh,
    run_results,
    runs,
    ticket_sync,
    undo_run,
    usage_sync,
)
from webapp.services.budget import BudgetReached
from webapp.services.leases import LeaseLost
from webapp.services.runs import Claim, RunCancelled
from webapp.services.ticket_run import TicketRun
from webapp.services.usage_month import RunStopped
from webapp.services.usage_run import UsageRun

log = structlog.get_logger()

_POSTING_MODES = (Mode.AUTOMATIC, Mode.APPROVE)


def _nothing() -> None:
    """There is no run around this one."""


def carry_out(run_id: int, *, lease: Lease | None = None, outer: Callable[[], None] = _nothing) -> None:
    """Claim the run, do it, and write how it ended. Returns quietly where another process has it, it has ended, or it has to
    wait for the posting lease (it goes back into the queue then).

    ``lease``: the posting lease, where the caller already holds it. Whoever took it gives it back. ``outer`` keeps the run
    alive inside which this one happens.
    """
    claim = runs.claim(run_id)
    if claim is None:
        return
    run = runs.get(run_id)
    counter = Counter(Calls(run.calls_sophos, run.calls_autotask))  # a run that goes on counts on
    kind, needs_lease, refresh_first = RunKind(run.kind), _needs_lease(run), _refreshes_first(run)
    db.session.commit()
    if refresh_first and not _refresh_first(claim, counter):
        return
    own_lease = None
    if needs_lease and lease is None:
        own_lease = lease = leases.acquire(lease_of(kind))
        if lease is None:
            runs.give_back(claim, calls=counter.calls)
            return
    work = _Work(claim, counter, lease if needs_lease else None, outer)
    with structlog.contextvars.bound_contextvars(run_id=run_id):
        try:
            if not _close_first(claim, counter, lease if needs_lease else None):
                return
            _guarded(claim, counter, work.of(kind))
        finally:
            if own_lease:
                leases.release(own_lease)


def _refreshes_first(run: Run) -> bool:
    """A scheduled usage run, unless a refresh has ended since it was opened (it waited for the posting lease, say)."""
    if run.kind != RunKind.USAGE or run.trigger != "schedule":
        return False
    since = select(Run.id).where(Run.kind == RunKind.REFRESH, Run.finished_at >= run.created_at).limit(1)
    return db.session.scalar(since) is None


def _close_first(claim: Claim, counter: Counter, lease: Lease | None) -> bool:
    """Inside the close window, a sync of the running month first closes the month before, as a run of its own (section 13, 34).
    False where the run itself was lost or cancelled meanwhile."""
    run = runs.get(claim.run_id)
    month, scope = closing.month_to_close(run), run.scope
    trigger, by, dry_run = run.trigger, run.requested_by, run.dry_run
    db.session.commit()
    if month is None:
        return True

    def alive() -> None:
        runs.keep_alive(claim, calls=counter.calls)

    def open_close() -> Run:
        return runs.open_run(
            kind=RunKind.USAGE,
            trigger=trigger,
            by=by,
            scope=scope,
            month=str(month),
            dry_run=dry_run,
            closed=True,
            first_for=claim.run_id,
        )

    return _inner_run(claim, counter, open_close, alive, lease)


def _refresh_first(claim: Claim, counter: Counter) -> bool:
    """Names, contracts and lines are pulled before each scheduled usage sync, as a run of their own. A failed refresh is on
    record there; the usage run reads what it bills itself and goes on. False where the usage run was lost or cancelled
    meanwhile."""

    def alive() -> None:
        runs.keep_alive(claim, calls=counter.calls)

    def open_refresh() -> Run:
        return runs.open_run(kind=RunKind.REFRESH, trigger="schedule", by="kontor", first_for=claim.run_id)

    return _inner_run(claim, counter, open_refresh, alive, None)


def _inner_run(claim: Claim, counter: Counter, opened: Callable[[], Run], alive: Callable[[], None], lease: Lease | None) -> bool:
    """Carry out another run inside this one; False where this one was lost or cancelled meanwhile. How the other one ended is on
    record there."""
    try:
        first = opened()
        db.session.commit()
        carry_out(first.id, lease=lease, outer=alive)
        alive()
    except LeaseLost:
        db.session.rollback()
        log.warning("run.taken_over", run_id=claim.run_id)
        return False
    except RunCancelled:
        _cancelled(claim, counter)
        return False
    return True


def lease_of(kind: RunKind) -> str:
    """The lease that lets in one run of this kind at a time."""
    return leases.TICKETS if kind is RunKind.TICKETS else leases.POSTING


def _needs_lease(run: Run) -> bool:
    return run.kind == RunKind.TICKETS or _posts(run)


def _posts(run: Run) -> bool:
    """Whether the run may hold and post changes: a usage run in a mode that does, and no dry run. The preparing of an undo posts
    nothing, so it is possible in every mode."""
    plain = run.kind == RunKind.USAGE and not run.dry_run and run.undo_of is None
    return plain and preferences.get("mode") in _POSTING_MODES


def _guarded(claim: Claim, counter: Counter, work: Callable[[], Reason | None]) -> None:
    """Do the work and end the run by what came of it. Nothing fails silently."""
    try:
        reason = work()
        runs.finish(claim, state=_end_state(claim.run_id, reason), calls=counter.calls, error=reason)
    except LeaseLost:
        db.session.rollback()
        log.warning("run.taken_over")
    except RunCancelled:
        _cancelled(claim, counter)
    except BudgetReached as error:
        _pause(claim, counter, Reason("budget_reached", error.params))
    except RunStopped as error:
        _end(claim, counter, RunState.SUCCEEDED if error.quiet else RunState.FAILED, error.reason)
    except (ApiError, Refused) as error:
        db.session.rollback()
        state = RunState.PARTIAL if run_results.any_succeeded(claim.run_id) else RunState.FAILED
        _end(claim, counter, state, Reason(error.code, error.params))
    except Exception as error:
        log.exception("run.failed")
        _end(claim, counter, RunState.FAILED, Reason("internal_error", {"cause": type(error).__name__}))


def _cancelled(claim: Claim, counter: Counter) -> None:
    db.session.rollback()
    run = runs.get(claim.run_id)
    who = run.error_params.get("by") or run.requested_by
    _end(claim, counter, RunState.CANCELLED, Reason("run_cancelled", {"by": who}))


def _end(claim: Claim, counter: Counter, state: RunState, reason: Reason) -> None:
    db.session.rollback()
    try:
        runs.finish(claim, state=state, calls=counter.calls, error=reason)
    except LeaseLost:
        log.warning("run.taken_over")


def _pause(claim: Claim, counter: Counter, reason: Reason) -> None:
    """Until shortly after the next full hour, when Autotask counts anew."""
    db.session.rollback()
    try:
        runs.pause(claim, calls=counter.calls, error=reason, minutes=61 - now().minute)
    except LeaseLost:
        log.warning("run.taken_over")


def _end_state(run_id: int, reason: Reason | None) -> RunState:
    return RunState.PARTIAL if reason or run_results.any_failed(run_id) else RunState.SUCCEEDED


@dataclass
class _Work:
    """The work of one claimed run."""

    claim: Claim
    counter: Counter
    lease: Lease | None
    outer: Callable[[], None]

    def of(self, kind: RunKind) -> Callable[[], Reason | None]:
        """What a run of this kind does."""
        return {RunKind.REFRESH: self.refresh, RunKind.USAGE: self.usage, RunKind.TICKETS: self.tickets}[kind]

    def tickets(self) -> Reason | None:
        run = runs.get(self.claim.run_id)
        scope = tuple(run.scope) if run.scope is not None else None
        test = run.purpose == "test"
        scheduled = run.trigger == "schedule"
        db.session.commit()
        assert self.lease is not None
        ticket_run = TicketRun(self.claim, self.claim.run_id, scope, self.counter, self.lease, scheduled=scheduled)
        return ticket_sync.carry_out(ticket_run, test=test)

    def refresh(self) -> Reason | None:
        run = runs.get(self.claim.run_id)
        scope = tuple(run.scope) if run.scope is not None else None
        db.session.commit()
        result = refresh.carry_out(
            scope=scope,
            counter=self.counter,
            progress=self._alive,
            still_ours=self._alive,
        )
        run_results.keep_refreshed(self.claim.run_id, result.customers)
        return None

    def _alive(self, done: int | None = None, total: int | None = None) -> None:
        runs.keep_alive(self.claim, calls=self.counter.calls, done=done, total=total)
        self.outer()

    def usage(self) -> Reason | None:
        run = runs.get(self.claim.run_id)
        month = closing.month_of(run)
        run.month = str(month)
        mode = Mode(preferences.get("mode"))
        usage_run = UsageRun(
            claim=self.claim,
            run_id=run.id,
            month=month,
            scope=tuple(run.scope) if run.scope is not None else None,
            mode=mode,
            dry_run=run.dry_run,
            lease=self.lease if mode in _POSTING_MODES else None,  # turned off since, by a person or by the close before this
            counter=self.counter,
            closed=run.closed,
            outer=self.outer,
            repeats_refused=run.scope is not None and run.trigger != "schedule",
        )
        work = usage_sync.carry_out
        if run.undo_of is not None:
            work = undo_run.carry_out
        elif run.change_ids is not None:
            work = approval_run.carry_out
        db.session.commit()
        return work(usage_run)
