"""The clock: a moment runs on, a file's moment stands still, and the date is the one of the installation's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from webapp.clock import Clock

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_moment_runs_on_from_there() -> None:
    clock = Clock(BERLIN, "2026-11-30T22:30:00+00:00")
    first = clock.now()
    assert timedelta() <= first - datetime(2026, 11, 30, 22, 30, tzinfo=UTC) < timedelta(seconds=5)
    assert clock.now() >= first


def test_the_moment_of_a_file_stands_still_until_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-11-23T11:00:00+00:00\n")
    clock = Clock(BERLIN, str(file))
    assert clock.now() == clock.now() == datetime(2026, 11, 23, 11, tzinfo=UTC)
    file.write_text("2026-12-01T06:00:00+00:00")
    assert clock.now() == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_today_is_the_date_in_the_zone_of_the_installation() -> None:
    assert Clock(BERLIN, "2026-11-30T23:30:00+00:00").today() == date(2026, 12, 1)
    assert Clock(ZoneInfo("America/New_York"), "2026-11-30T23:30:00+00:00").today() == date(2026, 11, 30)


def test_a_moment_without_a_zone_is_taken_as_utc() -> None:
    assert Clock(BERLIN, "2026-11-23T11:00:00").now().hour == 11


def test_without_a_test_clock_it_is_now() -> None:
    assert abs(Clock(BERLIN).now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_monotonic_time_never_follows_the_test_clock() -> None:
    assert Clock(BERLIN, "1999-01-01T00:00:00+00:00").monotonic() > 0
