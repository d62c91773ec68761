"""What a person says of a change that somebody scheduled in Autotask on one line (``scheduled_change``): overwrite or keep it.

The answer holds for that one change: ``Step`` names it by its day and by how far it moves the units there. When the step is
another one, the answer is void and the question is asked anew.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.context import now
from webapp.domain import LineState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Change, LedgerLine, RunLine
from webapp.services import audit, ledger


class Later(StrEnum):
    """OVERWRITE: Kontor posts on top of the scheduled change, as if it had made it. KEEP: the line is left alone until the day of
    the scheduled change has come."""

    OVERWRITE = "overwrite"
    KEEP = "keep"


@dataclass(frozen=True)
class Step:
    """The first later row that nothing explains: its ``date``, and its units minus what was expected there."""

    date: str
    step: int


@dataclass(frozen=True)
class Scheduled:
    """A line that has a scheduled change in its way, or an answer to one. ``step`` None: nothing is in the way at present."""

    line_id: int
    service_name: str
    step: Step | None
    units: int | None
    decision: str | None
    decided_by: str | None
    decided_at: Any

    @property
    def day(self) -> date | None:
        return date.fromisoformat(self.step.date) if self.step else None


def holds(line: LedgerLine, step: Step) -> bool:
    """Whether the answer that the line carries is about this very step."""
    return line.later_decision is not None and line.later_step == asdict(step)


def of_contract(contract_id: int) -> list[Scheduled]:
    """The lines of a contract that are asked about or answered. Reads only."""
    newest = select(func.max(RunLine.id)).where(RunLine.contract_id == contract_id, RunLine.contract_service_id.is_not(None))
    rows = select(RunLine).where(RunLine.id.in_(newest.group_by(RunLine.contract_service_id))).options(joinedload(RunLine.run))
    answered = {
        line.contract_service_id: line
        for line in db.session.scalars(select(LedgerLine).where(LedgerLine.later_decision.is_not(None)))
    }
    found = [_scheduled(row, answered.get(row.contract_service_id or 0)) for row in db.session.scalars(rows.order_by(RunLine.id))]
    return [one for one in found if one.step or one.decision]


def _scheduled(row: RunLine, line: LedgerLine | None) -> Scheduled:
    assert row.contract_service_id is not None
    step = _step(row)
    valid = line is not None and (step is None or holds(line, step))
    if step is None and line is not None and valid:
        step = Step(**line.later_step) if line.later_step else None
    return Scheduled(
        row.contract_service_id,
        row.service_name,
        step,
        row.reason_params.get("units") if row.code == "scheduled_change" else None,
        line.later_decision if line and valid else None,
        line.later_decided_by if line and valid else None,
        line.later_decided_at if line and valid else None,
    )


def _step(row: RunLine) -> Step | None:
    """The step that stopped the line in this run, or None. The run says how far it is where it knows; else it is reckoned from
    the units of the plan and Kontor's own changes up to that day."""
    if row.code != "scheduled_change" or row.state != LineState.BLOCKED:
        return None
    day, units, told = (row.reason_params.get(name) for name in ("date", "units", "step"))
    if not isinstance(day, str) or not isinstance(units, int):
        return None
    if isinstance(told, int):
        return Step(day, told)
    if row.before is None:
        return None
    begun = row.run.started_at or row.run.created_at
    own = select(func.sum(Change.delta)).where(
        Change.contract_service_id == row.contract_service_id,
        Change.state == LineState.CONFIRMED,
        Change.effective_date > begun.date(),
        Change.effective_date <= date.fromisoformat(day),
    )
    return Step(day, units - row.before - (db.session.scalar(own) or 0))


def decide(*, contract_id: int, line_id: int, decision: str | None, by: str) -> None:
    """Say overwrite or keep of the scheduled change that stands in the way now; None takes an answer back. The caller commits.

    Raises Refused: choice_invalid, nothing_scheduled.
    """
    if decision is not None and decision not in list(Later):
        raise Refused("choice_invalid", "decision", value=decision, allowed=", ".join(Later))
    found = next((one for one in of_contract(contract_id) if one.line_id == line_id), None)
    if found is None or (decision is not None and found.step is None):
        raise Refused("nothing_scheduled", "decision")
    ledger.raise_versions([line_id])
    line = db.session.get_one(LedgerLine, line_id, populate_existing=True)
    before = {"decision": line.later_decision, "step": line.later_step}
    line.later_decision = decision
    line.later_step = asdict(found.step) if decision is not None and found.step else None
    line.later_decided_by, line.later_decided_at = (by, now()) if decision else (None, None)
    after = {"decision": line.later_decision, "step": line.later_step}
    audit.record(by=by, action="scheduled_change", subject=f"line:{line_id}", before=before, after=after)
    db.session.flush()
