"""What a run may post: planned changes, and changes that were not applied and are posted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from webapp.domain import LineState, UnitRow
from webapp.extensions import db
from webapp.models import Change
from webapp.services import ledger, run_results
from webapp.services.ledger_plans import Kept
from webapp.services.plan_facts import LinePlan, OwnChange
from webapp.services.posting import Planned
from webapp.services.usage_reading import Reading

NOT_READ = datetime(1, 1, 1, tzinfo=UTC)
"""The age of units that were not read: older than any limit."""


def to_post(plans: Sequence[LinePlan], kept: Kept, *, read_at: datetime) -> list[Planned]:
    """The planned changes, as they were kept, with the price in force on their date. ``read_at``: when the units were read."""
    found = []
    for index, plan in enumerate(plans):
        line_id, change_id = plan.contract_service_id, kept.change_ids.get(index)
        if plan.state is LineState.PLANNED and change_id and line_id is not None and line_id in kept.versions:
            found.append(Planned(change_id, kept.versions[line_id], plan.price, read_at))
        elif plan.state is LineState.PLANNED and plan.is_due and change_id and line_id is None:
            found.append(Planned(change_id, 0, None, read_at))  # a new line that a person approved and that still waits
    return found


def to_repeat(plans: Sequence[LinePlan], change_ids: Mapping[int, int], reading: Reading, *, read_at: datetime) -> list[Planned]:
    """The changes that were not applied, to be posted again in their own row with their own date.

    Only on lines that the plan still names and does not stop, and that nobody has changed since: on top of another change
    the old one would bill too much, so that is a conflict and a person decides. A date whose units this run has not read is
    read directly before the POST. Flushes or commits.
    """
    found = []
    for index, plan in enumerate(plans):
        line_id = plan.contract_service_id
        if plan.state is LineState.NOT_APPLIED and line_id is None:
            found.append(Planned(change_ids[index], 0, None, read_at))  # a line not added: the poster reads the contract again
        if plan.state is not LineState.NOT_APPLIED or line_id is None:
            continue
        change = db.session.get_one(Change, change_ids[index], populate_existing=True)
        rows = [row for row in reading.rows.get(line_id, ()) if row.end_date and row.end_date >= change.effective_date]
        if moved := _moved(change, rows, reading.histories[line_id].own):
            _in_conflict(change, moved)
        else:
            found.append(Planned(change.id, ledger.version(line_id), change.price_before, read_at if rows else NOT_READ))
    return found


def _moved(change: Change, rows: Iterable[UnitRow], own: Iterable[OwnChange]) -> UnitRow | None:
    """The first row from the change's date on that holds neither what the change started from nor what Kontor's own later
    changes made of it."""
    own = list(own)
    for row in rows:
        assert row.start_date is not None
        later = sum(each.delta for each in own if change.effective_date < each.day <= row.start_date)
        if row.units != change.before + later:
            return row
    return None


def _in_conflict(change: Change, row: UnitRow) -> None:
    seen, attempts, judged = LineState.NOT_APPLIED, change.attempts, LineState.CONFLICT
    ledger.record_read_back(change.id, seen=seen, attempts=attempts, units=row.units, price=row.price, judged=judged)
    run_results.follow_changes([change.id])
