"""Signs of life of this process, written to the database at most every few seconds and never at the price of the work."""

from __future__ import annotations

import socket
import time
import uuid

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jobs.application import application
from webapp.extensions import db
from webapp.services import heartbeats

EVERY_SECONDS = 15.0

log = structlog.get_logger()


class SignOfLife:
    """One process' row in the table ``heartbeats``. ``role`` is heartbeats.WORKER or heartbeats.SCHEDULER."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.name = f"{role}-{socket.gethostname()[:40]}-{uuid.uuid4().hex[:12]}"
        self._next = 0.0

    def give(self) -> None:
        """Write the row, if the last time is long enough ago. A database that does not answer is only noted."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        with application().app_context():
            try:
                heartbeats.beat(name=self.name, role=self.role)
                db.session.commit()
            except SQLAlchemyError as error:
                log.warning("heartbeat_not_written", error=type(error).__name__)
            self._let_go()

    def end(self) -> None:
        """Remove the row: this process ends as it should."""
        with application().app_context():
            try:
                heartbeats.sign_off(name=self.name)
                db.session.commit()
            except SQLAlchemyError as error:
                log.warning("heartbeat_not_removed", error=type(error).__name__)
            self._let_go()

    @staticmethod
    def _let_go() -> None:
        """Close every connection: a worker forks, and a connection must not be in two processes."""
        db.session.remove()
        db.engine.dispose()
