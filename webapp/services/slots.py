"""Numbered slots in the database: at most three calls at once to each Autotask endpoint, over all processes.

Autotask allows three for each tracking identifier and endpoint (autotask-api.md, section 4). Each slot is a row; it is taken
by a conditional UPDATE in a short transaction of its own connection, never in the session of the caller, and given back
after the call. Who dies, or whose call timed out (Autotask may work on it for minutes), leaves it to the end of its lease.

Leases here follow the machine's time, not KONTOR_TEST_CLOCK: a clock that stands still would never free a dead process's slot.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Engine, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from webapp.clients.errors import RateLimited
from webapp.models import ThrottleSlot

SLOTS_PER_ENDPOINT = 3
LEASE_SECONDS = 90.0
WAIT_SECONDS = 60.0
_SHORTEST, _LONGEST = 0.02, 0.5

log = structlog.get_logger(__name__)


class DatabaseSlots:
    """The throttle of one process; threads may share it. ``lease_seconds`` must be longer than any one call."""

    def __init__(
        self,
        engine: Engine,
        *,
        lease_seconds: float = LEASE_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._lease = timedelta(seconds=lease_seconds)
        self._wait = wait_seconds
        self._sleep = sleep
        self._monotonic = monotonic
        self._known: set[str] = set()

    @contextmanager
    def slot(self, endpoint: str, *, wait: float | None = None) -> Iterator[_Held]:
        """A slot for the length of the block. Raises RateLimited where none became free within ``wait`` seconds."""
        held = _Held(endpoint[:60], self._wait_for(endpoint[:60], self._wait if wait is None else min(wait, self._wait)))
        try:
            yield held
        finally:
            if not held.kept:
                self._give_back(held)

    def _wait_for(self, endpoint: str, seconds: float) -> str:
        """The owner's token of the slot that was taken."""
        until, nap = self._monotonic() + seconds, _SHORTEST
        while True:
            if token := self._take(endpoint):
                return token
            if self._monotonic() + nap > until:
                raise RateLimited("Autotask")
            self._sleep(nap * (0.5 + random.random() / 2))  # noqa: S311 - spreads the waiting, guards nothing
            nap = min(nap * 1.5, _LONGEST)

    def _take(self, endpoint: str) -> str | None:
        token, moment = uuid.uuid4().hex, datetime.now(UTC)
        if endpoint not in self._known:
            self._make_rows(endpoint)
        free = or_(ThrottleSlot.owner.is_(None), ThrottleSlot.expires_at < moment)
        with self._engine.begin() as connection:
            for number in range(1, SLOTS_PER_ENDPOINT + 1):
                claim = (
                    update(ThrottleSlot)
                    .where(ThrottleSlot.endpoint == endpoint, ThrottleSlot.number == number, free)
                    .values(owner=token, expires_at=moment + self._lease)
                )
                if connection.execute(claim).rowcount == 1:
                    return token
        return None

    def _make_rows(self, endpoint: str) -> None:
        """The endpoint's rows, whoever comes first; the others find them there."""
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        rows = [{"endpoint": endpoint, "number": number} for number in range(1, SLOTS_PER_ENDPOINT + 1)]
        with self._engine.begin() as connection:
            connection.execute(insert(ThrottleSlot).values(rows).on_conflict_do_nothing())
        self._known.add(endpoint)

    def _give_back(self, held: _Held) -> None:
        """Free the slot if it is still ours. A failure here must not hide the outcome of the call: the lease ends anyway."""
        mine = (ThrottleSlot.endpoint == held.endpoint, ThrottleSlot.owner == held.token)
        try:
            with self._engine.begin() as connection:
                connection.execute(update(ThrottleSlot).where(*mine).values(owner=None, expires_at=None))
        except SQLAlchemyError:
            log.warning("slot not given back", endpoint=held.endpoint, exc_info=True)


class _Held:
    """A slot in use."""

    def __init__(self, endpoint: str, token: str) -> None:
        self.endpoint = endpoint
        self.token = token
        self.kept = False

    def keep(self) -> None:
        """Leave the slot to the end of its lease."""
        self.kept = True
