"""What is due again and again. The table ``schedules`` decides; a row is claimed by a conditional UPDATE.

Two schedulers, or one that restarts, never start anything twice; a time that was missed is caught up once.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from webapp.context import context, now
from webapp.extensions import changed_rows, db
from webapp.models import Schedule
from webapp.services import preferences

DAILY_SYNC = "daily_sync"
HOUSEKEEPING = "housekeeping"
TICKETS = "tickets"
NAMES = (DAILY_SYNC, TICKETS, HOUSEKEEPING)
HOUSEKEEPING_EVERY = timedelta(minutes=1)

log = structlog.get_logger()


def ensure() -> None:
    """Make the rows that are missing; several processes may try at once."""
    for name in NAMES:
        if db.session.get(Schedule, name) is not None:
            continue
        try:
            with db.session.begin_nested():
                db.session.add(Schedule(name=name, next_run_at=_next(name, now()), enabled=True))
        except IntegrityError:
            log.debug("schedule_made_elsewhere", name=name)


def claim_due(moment: datetime) -> list[str]:
    """The names of the schedules that were due at ``moment`` and are now claimed, each set to its next time."""
    with db.engine.connect().execution_options(read_only=True) as connection:
        rows = connection.execute(select(Schedule.name, Schedule.next_run_at).where(Schedule.enabled)).all()
    return [row.name for row in rows if row.next_run_at <= moment and _claim(row.name, moment)]


def reschedule(*, moment: datetime | None = None) -> bool:
    """Move the daily sync and the ticket sync to the present settings; says whether one moved. What is already due stays due,
    and a ticket sync whose time is over by a shorter interval is due now."""
    moment, moved = moment or now(), 0
    for name in (DAILY_SYNC, TICKETS):
        row = db.session.execute(select(Schedule.next_run_at, Schedule.last_run_at).where(Schedule.name == name)).one_or_none()
        if row is None or row.next_run_at <= moment:
            continue
        wanted = max(moment, _by_settings(name, moment, row.next_run_at, row.last_run_at))
        moved += changed_rows(
            update(Schedule)
            .where(Schedule.name == name, Schedule.next_run_at == row.next_run_at, Schedule.next_run_at != wanted)
            .values(next_run_at=wanted)
        )
    return moved > 0


def is_in_order() -> bool:
    """Whether every row is there and the syncs stand at the times that the settings say; a look without a write."""
    moment = now()
    found = db.session.execute(select(Schedule.name, Schedule.next_run_at, Schedule.last_run_at)).all()
    if {row.name for row in found} < set(NAMES):
        return False
    return all(
        row.next_run_at <= moment or row.next_run_at == _by_settings(row.name, moment, row.next_run_at, row.last_run_at)
        for row in found
        if row.name in (DAILY_SYNC, TICKETS)
    )


def _by_settings(name: str, moment: datetime, planned: datetime, last: datetime | None) -> datetime:
    """When a sync should be next due: the ticket sync one interval after the last; before there was one, at most one from now."""
    if name != TICKETS:
        return _next(name, moment)
    return _next(name, last) if last else min(planned, _next(name, moment))


def next_runs() -> dict[str, datetime]:
    """When each schedule is next due, in UTC, the soonest first."""
    rows = db.session.execute(select(Schedule.name, Schedule.next_run_at).order_by(Schedule.next_run_at))
    return {row.name: row.next_run_at for row in rows}


def overdue_by() -> timedelta:
    """How long the most overdue schedule has been waiting; zero where nothing is late."""
    first = db.session.scalar(select(func.min(Schedule.next_run_at)).where(Schedule.enabled))
    return max(timedelta(0), now() - first) if first else timedelta(0)


def next_daily(after: datetime, at: time, zone: tzinfo) -> datetime:
    """PURE: the first moment after ``after`` at which it is ``at`` o'clock in ``zone``, in ``after``'s own zone.

    An hour that the clocks skip in spring counts as an hour later; one that comes twice in autumn counts the first time.
    """
    day = after.astimezone(zone).date()
    for days in range(3):
        moment = datetime.combine(day + timedelta(days=days), at, tzinfo=zone).astimezone(after.tzinfo)
        if moment > after:
            return moment
    raise AssertionError("two days hold every time of day")


def _next(name: str, after: datetime) -> datetime:
    if name == HOUSEKEEPING:
        return after + HOUSEKEEPING_EVERY
    if name == TICKETS:
        return after + timedelta(minutes=preferences.number("ticket_interval_minutes"))
    return next_daily(after, time.fromisoformat(preferences.get("sync_time")), context().settings.timezone)


def _claim(name: str, moment: datetime) -> bool:
    claimed = changed_rows(
        update(Schedule)
        .where(Schedule.name == name, Schedule.next_run_at <= moment, Schedule.enabled)
        .values(next_run_at=_next(name, moment), last_run_at=moment)
    )
    return claimed == 1
