"""The close of a month: on which days it happens, and which run has to do it first (design, section 7.2, section 13, 34)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from webapp.context import context, today
from webapp.domain import Mode, Month, RunKind, RunState
from webapp.extensions import db
from webapp.models import Run
from webapp.services import findings, preferences, usage_history
from webapp.services.findings import Raised


def in_window(day: date) -> bool:
    """Whether the month before ``day`` is closed on that day. Reads only."""
    return preferences.number("close_from_day") <= day.day <= preferences.number("close_until_day")


def month_of_close(day: date) -> Month:
    """The month that ``--close`` means without ``--month``: the one before while its close is due, else the running one."""
    running = Month.of(day)
    return running.previous if day.day <= preferences.number("close_until_day") else running


def month_to_close(run: Run) -> Month | None:
    """The month that a run closes first, as a run of its own: inside the window, for a sync of the running month that was asked
    for without a month. None where a close for the same customers has ended since the run was asked for. Reads only."""
    day = today()
    if not _is_plain(run) or not in_window(day) or month_of(run) != Month.of(day) or _named_its_month(run):
        return None
    month = Month.of(day).previous
    ended = select(Run).where(
        Run.kind == RunKind.USAGE, Run.closed.is_(True), Run.month == str(month), Run.finished_at >= run.created_at
    )
    ended = ended.where(Run.change_ids.is_(None))  # the approval of what a close held is no close
    done = any(other.scope == run.scope and other.dry_run == run.dry_run for other in db.session.scalars(ended))
    return None if done else month


def month_of(run: Run) -> Month:
    """The month that a usage run plans when it does its work now. One that was asked for in the month it is about, and then
    waited or was interrupted past the month's end, plans the month that runs now: as a past month it would be billed from its own
    period, which nobody asked for. Reads only."""
    running = Month.of(today())
    if run.month is None:
        return running
    month = Month.parse(run.month)
    asked_on = run.created_at.astimezone(context().settings.timezone).date()
    return running if _is_plain(run) and month == Month.of(asked_on) else month


def _is_plain(run: Run) -> bool:
    return run.kind == RunKind.USAGE and not run.closed and run.change_ids is None and run.undo_of is None


def _named_its_month(run: Run) -> bool:
    """A run that was asked for with a month has it from the beginning; one without gets it when it begins its work, which an
    interrupted try may have done before."""
    return run.month is not None and run.fence <= 1


def made_by(run_id: int) -> list[Run]:
    """The closes that a run made first, as runs of their own. Reads only."""
    return list(db.session.scalars(select(Run).where(Run.first_for == run_id, Run.closed.is_(True)).order_by(Run.id)))


def note_missed_close() -> None:
    """A finding where the window has gone by and the month before, of which Kontor has read usage, was not closed for everybody.
    It clears itself with the close. Flushes; the caller commits."""
    first, last = preferences.number("close_from_day"), preferences.number("close_until_day")
    raised = []
    if month := overdue():
        params = {"month": str(month), "first": first, "last": last, "option": f"--month={month}"}
        raised.append(Raised("month_not_closed", "bad", "installation", params=params))
    findings.replace(source="close", findings=raised)


def overdue() -> Month | None:
    """The month before, where its close is over and it was not closed for everybody. Reads only."""
    day = today()
    month, posts = Month.of(day).previous, preferences.get("mode") in (Mode.AUTOMATIC, Mode.APPROVE)
    late = day.day > preferences.number("close_until_day")
    return month if late and posts and not _was_closed(month) else None


def _was_closed(month: Month) -> bool:
    """Whether a close of the month for everybody ended well enough, or there was nothing to close: Kontor began to sync later
    (what it has read of an earlier month since, by a dry run, changes nothing)."""
    if usage_history.reading(month) is None or not _had_begun_by(month):
        return True
    ended = select(Run.id).where(Run.kind == RunKind.USAGE, Run.closed.is_(True), Run.month == str(month))
    well = ended.where(Run.scope.is_(None), Run.dry_run.is_(False), Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)))
    return db.session.scalar(well.limit(1)) is not None


def _had_begun_by(month: Month) -> bool:
    """Whether a sync that was no dry run was asked for before the days of the month's close were over."""
    over = month.following.first_day + timedelta(days=preferences.number("close_until_day"))
    midnight = datetime.combine(over, time.min, tzinfo=context().settings.timezone)
    began = select(Run.id).where(Run.kind == RunKind.USAGE, Run.dry_run.is_(False), Run.created_at < midnight.astimezone(UTC))
    return db.session.scalar(began.limit(1)) is not None
