"""Lines that an undo holds: every plan of such a line waits for a person until somebody releases it (design, section 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from webapp.context import now
from webapp.domain import Decision, LineState, Origin
from webapp.errors import Refused
from webapp.extensions import changed_rows, db
from webapp.models import Change, LedgerLine
from webapp.services import audit, ledger


def pin(line_id: int, *, noted_version: int, run_id: int, by: str) -> bool:
    """Hold the line because run ``run_id`` is taken back, if nothing happened on it since ``noted_version``. Says whether it is
    held now. Flushes; the caller commits."""
    values = {"pinned_at": now(), "pinned_by": by, "pinned_run_id": run_id, "version": LedgerLine.version + 1}
    as_noted = LedgerLine.contract_service_id == line_id, LedgerLine.version == noted_version
    if not changed_rows(update(LedgerLine).where(*as_noted).values(**values)):
        return False
    audit.record(by=by, action="line_pin", subject=f"line:{line_id}", after={"run": run_id})
    return True


def pinned_by(run_id: int) -> set[int]:
    """The lines that the undo of this run holds. Reads only."""
    return set(db.session.scalars(select(LedgerLine.contract_service_id).where(LedgerLine.pinned_run_id == run_id)))


def pinned_among(line_ids: Iterable[int]) -> dict[int, LedgerLine]:
    """Those of the lines that an undo holds. Reads only."""
    wanted = select(LedgerLine).where(LedgerLine.contract_service_id.in_(list(line_ids)), LedgerLine.pinned_at.is_not(None))
    return {line.contract_service_id: line for line in db.session.scalars(wanted)}


def release(*, line_ids: Sequence[int], by: str) -> list[int]:
    """Let these lines follow the usage again. An undo that still waits on one of them is dismissed. The caller commits.

    Gives the lines that were held. Raises Refused(line_not_pinned) where none of them was.
    """
    found = sorted(pinned_among(line_ids))
    if not found:
        raise Refused("line_not_pinned", "line")
    for line_id in found:
        _unpin(line_id, by)
        _dismiss_undo(line_id, by)
    ledger.raise_versions(found)
    return found


def after_dismissal(change: Change, *, by: str) -> None:
    """Release the line of an undo that a person dismissed. Flushes; the caller commits."""
    if change.origin == Origin.UNDO and change.contract_service_id is not None:
        _unpin(change.contract_service_id, by)


def _unpin(line_id: int, by: str) -> None:
    line = db.session.get(LedgerLine, line_id, populate_existing=True, with_for_update=True)
    if line is None or line.pinned_at is None:
        return
    before = {"run": line.pinned_run_id, "by": line.pinned_by}
    line.pinned_at = line.pinned_by = line.pinned_run_id = None
    audit.record(by=by, action="line_release", subject=f"line:{line_id}", before=before)
    db.session.flush()


def _dismiss_undo(line_id: int, by: str) -> None:
    moment = now()
    waits = Change.contract_service_id == line_id, Change.state == LineState.HELD, Change.origin == Origin.UNDO
    dismissed = {"state": LineState.DISMISSED, "decision": Decision.DISMISSED, "decided_by": by}
    changed_rows(update(Change).where(*waits).values(**dismissed, decided_at=moment, changed_at=moment))
