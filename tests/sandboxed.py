"""The sandbox for tests that talk to both systems over real sockets, at the tests' own date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from webapp.context import context as kontor
from webapp.extensions import db
from webapp.sandbox.server import Sandbox
from webapp.services import connection_checks

TODAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.fixture
def small_sandbox(environ: dict[str, str]) -> Iterator[Sandbox]:
    """A small sandbox; ask for it before ``app``, which then has its addresses."""
    running = Sandbox(seed="small", today=lambda: TODAY, now=lambda: MOMENT)
    running.start()
    environ.update(running.environment())
    yield running
    running.stop()


@pytest.fixture
def empty_sandbox(environ: dict[str, str]) -> Iterator[Sandbox]:
    """A sandbox without a customer, whose today is the tests' today; ask for it before ``app``, which then has its addresses."""
    running = Sandbox(seed="empty", today=lambda: TODAY)
    running.start()
    environ.update(running.environment())
    yield running
    running.stop()


def ticking_sandbox(environ: dict[str, str]) -> Iterator[Sandbox]:
    """A sandbox without a customer whose moment is Kontor's own, whatever the test sets it to."""
    clock = Path(environ["KONTOR_TEST_CLOCK"])
    running = Sandbox(seed="empty", now=lambda: datetime.fromisoformat(clock.read_text()).astimezone(UTC))
    running.start()
    environ.update(running.environment())
    yield running
    running.stop()


def connect_both(sandbox: Sandbox, by: str = "cli:kontor@box") -> None:
    """Connect the application of the current context to the sandbox."""
    assert kontor().settings.sophos_api_url == sandbox.environment()["SOPHOS_API_URL"]
    for system, credentials in sandbox.credentials().items():
        connection_checks.connect(system=system, credentials=credentials, by=by)
    db.session.commit()
