"""The ledger from the side of a new line: a change whose contract has no such contract service yet.

While ``contract_service_id`` is None, the POST of the row adds the line to the contract; the quantity follows in the same row
once the line is known. The index uq_changes_open_new_line makes a second open row for one contract and service impossible. Each
function is one short transaction and commits.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from webapp.context import now, today
from webapp.domain import Lease, LineState, PostOutcome, PostResult, Reason, UnitRow
from webapp.extensions import changed_rows, db
from webapp.models import Change
from webapp.services import ledger
from webapp.services.settling import Answer, answer_of, judge_new_line

_MAY_BE_POSTED = (LineState.PLANNED, LineState.NOT_APPLIED)
_UNDER_WAY = (*_MAY_BE_POSTED, LineState.UNKNOWN)


def claim(change_id: int, *, lease: Lease, run_id: int) -> Change | None:
    """Commit the intent to add the line. None where the change does not wait any more, the lease is lost, or another row of the
    same contract and service is open; then nothing was changed and nothing may be posted."""
    waits = Change.state.in_(_MAY_BE_POSTED), Change.contract_service_id.is_(None), ledger.still_holds(lease)
    statement = update(Change).where(Change.id == change_id, *waits)
    try:
        claimed = changed_rows(statement.values(**ledger.intent(lease, run_id=run_id, price=None)))
    except IntegrityError:
        claimed = 0
    if not claimed:
        db.session.rollback()
        return None
    db.session.commit()
    return db.session.get(Change, change_id, populate_existing=True)


def record_outcome(change_id: int, *, fence: int, outcome: PostOutcome) -> LineState | None:
    """Note what came back from the POST that adds the line. None where the change is not ours any more.

    There is no refusal that proves an earlier POST, as there is for quantities: what is not clear is settled by reading lines.
    """
    change = ledger.mine(change_id, fence)
    if change is None:
        return None
    change.error_text = outcome.text[:2000] or None
    if outcome.result is PostResult.REJECTED:
        code = outcome.code or "refused_by_autotask"
        figures = {"text": outcome.text, "system": "Autotask", "what": "ContractServices"}
        ledger.move(change, LineState.REJECTED, Reason(code, figures))
    elif outcome.result in (PostResult.NOT_SENT, PostResult.BUSY):
        change.attempts -= 1
        ledger.move(change, LineState.NOT_APPLIED, Reason("line_not_added"))
    else:
        change.answer, change.next_read_at = answer_of(outcome), now()
        ledger.move(change, LineState.UNKNOWN, Reason("outcome_unknown"))
    state = LineState(change.state)
    db.session.commit()
    return state


def take_line(change_id: int, line_id: int) -> bool:
    """Note which contract service the change is about from now on: it waits to be posted as a quantity. Says whether it was
    noted."""
    change = _under_way(change_id)
    if change is None:
        return False
    change.contract_service_id, change.attempts, change.answer = line_id, 0, Answer.NONE
    change.error_text = change.posted_at = change.post_deadline_at = change.post_lease_until = None
    ledger.move(change, LineState.PLANNED, None)
    db.session.commit()
    return True


def take_units(change_id: int, row: UnitRow | None, *, added: bool) -> int | None:
    """Take over what the line shows on the date of the change, and give the version with which the quantity may be posted.

    ``added``: Kontor made the line this moment, so whatever Autotask gave it to begin with is part of what was approved. A line
    that somebody else made must stand at 0, as it was when the change was approved. Otherwise, and where the units cannot be
    read or the date is over, the change ends here and the next run plans the quantity: None. The start of a period is never
    over: a month that is billed in its own period is billed from there, however late a person approves it.
    """
    change = db.session.get_one(Change, change_id, populate_existing=True, with_for_update=True)
    line_id, units = change.contract_service_id, row.units if row else None
    if change.state != LineState.PLANNED or line_id is None:
        db.session.rollback()
        return None
    as_approved = units is not None and 0 <= units < change.target and (added or units == 0)
    over = change.effective_date < today() and change.effective_date != change.period_start
    if units is None or not as_approved or over:
        _ends_here(change)
        return None
    change.before, change.delta = units, change.target - units
    version = ledger.version(line_id)
    db.session.commit()
    return version


def line_exists(change_id: int) -> None:
    """The service is on the contract, and what the change was about is the next run's business."""
    if change := _under_way(change_id):
        _ends_here(change)


def settle(change_id: int, *, seen: LineState, attempts: int, exists: bool) -> None:
    """Note what the lines of the contract prove of an unsettled change, if it is still as it was seen before they were read."""
    change = db.session.get(Change, change_id, populate_existing=True, with_for_update=True)
    if change is None or change.contract_service_id is not None or (change.state, change.attempts) != (seen, attempts):
        db.session.rollback()
        return
    if exists:
        _ends_here(change)
        return
    if seen is LineState.NOT_APPLIED:
        db.session.rollback()
        return  # still waits to be repeated
    judged = judge_new_line(Answer(change.answer), settled=ledger.settles_at(change) <= now())
    if judged is LineState.NOT_APPLIED:
        ledger.move(change, judged, Reason("line_not_added"))
    elif judged is LineState.REJECTED and change.answer == Answer.ACCEPTED:
        ledger.move(change, judged, Reason("line_not_seen"))
    elif judged is LineState.REJECTED:
        ledger.move(change, judged, Reason("refused_by_autotask", {"text": change.error_text or "–"}))
    else:
        change.state, change.code, change.next_read_at = judged, "outcome_unknown", ledger.next_reading(change)
    db.session.commit()


def _ends_here(change: Change) -> None:
    ledger.move(change, LineState.SUPERSEDED, Reason("line_exists", {"service": change.service_name}))
    db.session.commit()


def _under_way(change_id: int) -> Change | None:
    change = db.session.get(Change, change_id, populate_existing=True, with_for_update=True)
    if change is None or change.state not in _UNDER_WAY or change.contract_service_id is not None:
        db.session.rollback()
        return None
    return change
