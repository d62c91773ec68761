"""``python -m jobs.scheduler``: looks every few seconds what is due, opens its runs and enqueues them.

It decides nothing: the database does (webapp/services/schedules.py). Two of them, or one that restarts, double nothing.
"""

from __future__ import annotations

import signal
import sys
import time

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from jobs.application import application
from jobs.signs import SignOfLife
from webapp import queueing
from webapp.extensions import db
from webapp.services import heartbeats, scheduled_runs, schedules
from webapp.settings import SettingsError

LOOK_EVERY_SECONDS = 3.0

log = structlog.get_logger()


class Asked:
    """Whether SIGTERM or SIGINT has come."""

    def __init__(self) -> None:
        self.to_stop = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.to_stop = True

    def rest(self, seconds: float) -> None:
        """Wait, but not longer than until a signal comes."""
        deadline = time.monotonic() + seconds
        while not self.to_stop and time.monotonic() < deadline:
            time.sleep(0.2)


def main() -> int:
    """Look at the schedules until SIGTERM or SIGINT."""
    asked = Asked()
    try:
        app = application()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sign = SignOfLife(heartbeats.SCHEDULER)
    log.info("scheduler_started", name=sign.name)
    while not asked.to_stop:
        sign.give()
        look(app)
        asked.rest(LOOK_EVERY_SECONDS)
    sign.end()
    return 0


def look(app: Flask) -> None:
    """One look: claim, open, commit, enqueue. A database that does not answer is noted; the next look tries again."""
    with app.app_context():
        try:
            prepare()
            started = scheduled_runs.start_due()
            db.session.commit()
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("schedules_not_read", error=type(error).__name__)
            return
        scheduled_runs.enqueue(started.run_ids)
        if started.housekeeping:
            queueing.enqueue_housekeeping()


def prepare() -> None:
    """Make missing schedules, and follow a changed time of day; writes only where something differs."""
    db.session.connection(execution_options={"read_only": True})
    in_order = schedules.is_in_order()
    db.session.rollback()
    if in_order:
        return
    schedules.ensure()
    schedules.reschedule()
    db.session.commit()


if __name__ == "__main__":
    sys.exit(main())
