"""What time it is. Moments are aware and in UTC; "today" is a date in the installation's zone.

KONTOR_TEST_CLOCK (tests, sandbox): a moment runs on from there; a file's moment stands still and is read each time.
Dates, leases and settle times follow this clock; time-outs, back-off and throttles use the monotonic clock.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path


class Clock:
    """The clock of one process."""

    def __init__(self, zone: tzinfo, test_clock: str | None = None) -> None:
        self.zone = zone
        self._file: Path | None = None
        self._offset = timedelta(0)
        if test_clock and Path(test_clock).is_file():
            self._file = Path(test_clock)
        elif test_clock:
            self._offset = _moment(test_clock) - datetime.now(UTC)

    def now(self) -> datetime:
        """The present moment, in UTC."""
        if self._file:
            return _moment(self._file.read_text(encoding="utf-8").strip())
        return datetime.now(UTC) + self._offset

    def today(self) -> date:
        """The date in the installation's zone."""
        return self.now().astimezone(self.zone).date()

    def monotonic(self) -> float:
        """Seconds that only run forward, for time-outs and throttles."""
        return time.monotonic()


def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
