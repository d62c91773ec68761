"""What a run may post: planned changes, and changes that were not applied and are posted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from webapp.domain import LineState, UnitRow
from webapp.extensions import db
from webapp.models import Change
from webapp.services import ledger, run_results
from webapp.services.ledger_plans import Kept
from webapp.services.plan_facts import LinePlan
from webapp.services.posting import Planned
from webapp.services.unit_rows import row_in_force
from webapp.services.usage_reading import Reading


def to_post(plans: Sequence[LinePlan], kept: Kept, reading: Reading, *, on: date, read_at: datetime) -> list[Planned]:
    """The planned changes, as they were kept, with the price in force on ``on``. ``read_at``: when the units were read."""
    found = []
    for index, plan in enumerate(plans):
        line_id, change_id = plan.contract_service_id, kept.change_ids.get(index)
        if plan.state is LineState.PLANNED and change_id and line_id is not None and line_id in kept.versions:
            row = row_in_force(reading.rows[line_id], on)
            found.append(Planned(change_id, kept.versions[line_id], row.price if row else None, read_at))
        elif plan.state is LineState.PLANNED and change_id and line_id is None:
            found.append(Planned(change_id, 0, None, read_at))  # a new line that a person approved and that still waits
    return found


def to_repeat(
    plans: Sequence[LinePlan], change_ids: Mapping[int, int], reading: Reading, *, on: date, read_at: datetime
) -> list[Planned]:
    """The changes that were not applied, to be posted again in their own row with their own date.

    Only on lines that the plan still names and does not stop, and that nobody has changed since: on top of another change
    the old one would bill too much, so that is a conflict and a person decides. Flushes or commits.
    """
    found = []
    for index, plan in enumerate(plans):
        line_id, row = plan.contract_service_id, row_in_force(reading.rows[plan.contract_service_id or 0], on)
        if plan.state is not LineState.NOT_APPLIED:
            continue
        if line_id is None:  # a line that was not added: the poster reads the contract again before it tries
            found.append(Planned(change_ids[index], 0, None, read_at))
        if line_id is None or row is None:
            continue
        change = db.session.get_one(Change, change_ids[index], populate_existing=True)
        if row.units == change.before:
            found.append(Planned(change.id, ledger.version(line_id), change.price_before, read_at))
        else:
            _in_conflict(change, row)
    return found


def _in_conflict(change: Change, row: UnitRow) -> None:
    seen, attempts, judged = LineState.NOT_APPLIED, change.attempts, LineState.CONFLICT
    ledger.record_read_back(change.id, seen=seen, attempts=attempts, units=row.units, price=row.price, judged=judged)
    run_results.follow_changes([change.id])
