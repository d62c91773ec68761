"""No more calls in any minute than Sophos lets through, over all processes.

Sophos enforces 100 calls a minute and 200,000 a day, counted over all its APIs (sophos-api.md, section 8.1). The calls of the
last minute stand in one row, by stretches of ten seconds; it is changed by compare-and-set in a short transaction of its own
connection, never in the session of the caller. 95 a minute are at most 136,800 a day, so the day needs no count of its own.

It follows the machine's time, not KONTOR_TEST_CLOCK: Sophos does not know of a clock that stands still.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.clients.errors import RateLimited
from webapp.clients.throttle import nothing
from webapp.models import CallPace

PER_MINUTE = 95  # of 100: what another client with the same credential needs now and then, and clocks that differ
WAIT_SECONDS = 300.0
STRETCH = 10
_REACH = 6  # a minute that ends in a stretch touches that one and the six before it
_NAP = 3.0  # seconds; the longest sleep at a time
_TRIES = 20
_FIRST_RETRY = 0.005

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Row:
    counts: dict[int, int]
    version: int


class DatabasePace:
    """The pace ``name`` of one process; threads may share it. ``system`` is named in RateLimited.

    Those with a higher ``per_minute`` on the same name go first: they use what the others leave.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        *,
        system: str,
        per_minute: int = PER_MINUTE,
        wait_seconds: float = WAIT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._name = name
        self._system = system
        self._limit = per_minute
        self._wait = wait_seconds
        self._sleep = sleep
        self._clock = clock

    def take(self, wait: float | None, waiting: Callable[[], None] = nothing) -> None:
        """Count one call, when there is room for it in the last minute. Raises RateLimited where that takes longer than ``wait``
        seconds (None: five minutes); nothing is counted then. ``waiting`` is called after every nap of a few seconds."""
        left = self._wait if wait is None else min(wait, self._wait)
        while (seconds := self._try()) > 0:
            if seconds > left:
                log.info("too many calls in the last minute", system=self._system)
                raise RateLimited(self._system, wait=seconds)
            nap = min(seconds, _NAP)
            self._sleep(nap)
            left -= nap  # what was slept, not what a clock says that somebody may set
            waiting()

    def _try(self) -> float:
        """0 where the call was counted; else the seconds until there may be room."""
        for attempt in range(_TRIES):
            row, moment = self._row(), self._clock()
            stretch = int(moment // STRETCH)
            # a clock that was set back leaves stretches in the future; far ones would stop everything for as long
            recent = {each: count for each, count in row.counts.items() if abs(each - stretch) <= _REACH}
            if sum(recent.values()) >= self._limit:
                return self._until_room(recent, moment)
            if self._store({**recent, stretch: recent.get(stretch, 0) + 1}, row.version):
                return 0
            self._sleep(_FIRST_RETRY * attempt * random.random())  # noqa: S311 - spreads the waiting, guards nothing
        return _FIRST_RETRY * _TRIES

    def _until_room(self, recent: dict[int, int], moment: float) -> float:
        """Seconds until as many of the oldest calls are over a minute ago as stand in the way."""
        too_many = sum(recent.values()) - self._limit + 1
        for stretch in sorted(recent):
            too_many -= recent[stretch]
            if too_many <= 0:
                return max((stretch + _REACH + 1) * STRETCH - moment, _FIRST_RETRY)
        return float(STRETCH)

    def _row(self) -> _Row:
        wanted = select(CallPace.counts, CallPace.version).where(CallPace.name == self._name)
        with self._engine.connect().execution_options(read_only=True) as connection:
            found = connection.execute(wanted).one_or_none()
        if found is None:
            self._make_row()
            return _Row({}, 0)
        return _Row({int(stretch): int(count) for stretch, count in found.counts.items()}, found.version)

    def _make_row(self) -> None:
        """Whoever comes first; the others find it there."""
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        with self._engine.begin() as connection:
            connection.execute(insert(CallPace).values(name=self._name, counts={}, version=0).on_conflict_do_nothing())

    def _store(self, counts: dict[int, int], version: int) -> bool:
        """Whether the counts are stored: nobody was faster."""
        mine = update(CallPace).where(CallPace.name == self._name, CallPace.version == version)
        values = {str(stretch): count for stretch, count in counts.items()}
        with self._engine.begin() as connection:
            return connection.execute(mine.values(counts=values, version=version + 1)).rowcount == 1
