"""Taking back what a run did: what can be taken back, asking for it, and how it stands (design, section 7.2 "Undo a run").

The undo is a usage run of its own with ``undo_of``; what it does is in undo_run.py. Its changes are held, need approval, and are
posted by an approval like every other held change.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from webapp import queueing
from webapp.domain import ACTIVE_RUN_STATES, LineState, Origin, Reason, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Change, Run, RunLine
from webapp.services import audit, connections, leases, pins, runs
from webapp.services.undo_plan import Remainder, remainder, unit_price


@dataclass(frozen=True)
class UndoLine:
    """One change of the run, and what was prepared to take it back.

    ``change`` is what the run did, ``undo`` the change that takes it back (None: none yet, or not possible), ``why_not`` why it
    is not possible, ``remainder`` what stays billed. ``pinned``: the line is held until released.
    """

    change: Change
    line: RunLine | None
    undo: Change | None
    why_not: Reason | None
    remainder: Remainder | None
    pinned: bool


@dataclass(frozen=True)
class UndoPage:
    """What a person sees before and after preparing the undo of ``run``. ``prepared`` is the newest run that did so."""

    run: Run
    refused: Reason | None
    prepared: Run | None
    lines: list[UndoLine]

    @property
    def waiting(self) -> list[int]:
        """The changes that wait for approval."""
        return [line.undo.id for line in self.lines if line.undo and line.undo.state == LineState.HELD]

    @property
    def pinned(self) -> list[int]:
        """The lines that are held."""
        found = {line.change.contract_service_id for line in self.lines if line.pinned}
        return sorted(line_id for line_id in found if line_id is not None)


def changes_of(run_id: int) -> list[Change]:
    """The confirmed changes that the run made or began (a repeat may have ended one in a later run). Reads only."""
    began = select(RunLine.change_id).where(RunLine.run_id == run_id, RunLine.state == LineState.CONFIRMED)
    of_run = or_(Change.run_id == run_id, Change.id.in_(began))
    confirmed = and_(Change.state == LineState.CONFIRMED, Change.contract_service_id.is_not(None), Change.delta != 0)
    return list(db.session.scalars(select(Change).where(of_run, confirmed).order_by(Change.id)))


def refusal(run: Run) -> Reason | None:
    """Why the run cannot be undone at all, or None. Reads only."""
    if run.state in ACTIVE_RUN_STATES:
        return Reason("undo_too_early", {"run": run.id})
    if run.kind != RunKind.USAGE or run.dry_run or not changes_of(run.id):
        return Reason("undo_nothing", {"run": run.id})
    return None


def newest(run_id: int) -> Run | None:
    """The newest run that prepared the undo of this one. Reads only."""
    return db.session.scalars(select(Run).where(Run.undo_of == run_id).order_by(Run.id.desc()).limit(1)).first()


def page(run_id: int) -> UndoPage:
    """What there is to take back and how it stands; raises NotFound. Reads only."""
    run = runs.get(run_id)
    prepared, changes = newest(run_id), changes_of(run_id)
    undos = {undo.undo_of: undo for undo in _undos([change.id for change in changes])}
    said = _lines(prepared.id) if prepared else {}
    pinned = pins.pinned_among(change.contract_service_id for change in changes if change.contract_service_id)
    names = _lines(run_id)
    lines = [
        _line(change, names.get(change.id), undos.get(change.id), said, pinned=change.contract_service_id in pinned)
        for change in changes
    ]
    return UndoPage(run, refusal(run), prepared, lines)


def _undos(change_ids: list[int]) -> list[Change]:
    """The changes that take these back, the newest of each last; superseded ones do not count."""
    wanted = Change.origin == Origin.UNDO, Change.undo_of.in_(change_ids), Change.state != LineState.SUPERSEDED
    return list(db.session.scalars(select(Change).where(*wanted).order_by(Change.id)))


def _lines(run_id: int) -> dict[int | None, RunLine]:
    """The lines of a run by their change, and by minus the line where they have none."""
    found: dict[int | None, RunLine] = {}
    for line in db.session.scalars(select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.id)):
        found[line.change_id or -(line.contract_service_id or 0)] = line
    return found


def _line(
    change: Change, named: RunLine | None, undo: Change | None, said: dict[int | None, RunLine], *, pinned: bool
) -> UndoLine:
    refused = said.get(-(change.contract_service_id or 0)) if undo is None else None
    why_not = Reason(refused.code, dict(refused.reason_params)) if refused and refused.code else None
    return UndoLine(change, named, undo, why_not, _remainder(change, undo) if undo else None, pinned)


def _remainder(change: Change, undo: Change) -> Remainder | None:
    prices = {"before": change.price_before, "after": change.price_after}
    return remainder(
        units=change.delta,
        effective=change.effective_date,
        undo_on=undo.effective_date,
        price=unit_price(**prices, units_before=change.before, units_after=change.units_after),
        period=(change.period_start, change.period_end),
    )


def open_run(*, run_id: int, by: str, trigger: str) -> Run:
    """A queued run that prepares the undo. Flushes; the caller commits and carries it out or enqueues it.

    Raises NotFound; Refused: not_connected, undo_too_early, undo_nothing.
    """
    undone = runs.get(run_id)
    if not connections.both_connected():
        raise Refused("not_connected")
    if problem := refusal(undone):
        raise Refused(problem.key, "run", **problem.params)
    run = runs.open_run(kind=RunKind.USAGE, trigger=trigger, by=by, month=undone.month, scope=[])
    run.undo_of = run_id
    audit.record(by=by, action="undo_prepare", subject=f"run:{run_id}", after={"run": run.id})
    db.session.flush()
    return run


def request(*, run_id: int, by: str, trigger: str = "web") -> Run:
    """The run that prepares the undo; one that is on its way already is given back. Commits, then enqueues.

    Raises as open_run.
    """
    leases.hold("undo")  # two clicks at once give one run
    under_way = newest(run_id)
    if under_way is not None and under_way.state in ACTIVE_RUN_STATES:
        db.session.commit()
        return under_way
    run = open_run(run_id=run_id, by=by, trigger=trigger)
    made = run.id
    db.session.commit()
    queueing.enqueue_run(made)
    return runs.get(made)
