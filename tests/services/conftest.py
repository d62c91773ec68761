"""Every test of services runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.world import TODAY, World
from webapp.sandbox.server import Sandbox


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_sandbox(environ: dict[str, str]) -> Iterator[Sandbox]:
    """An empty sandbox whose today is the tests' today; the application under test is pointed at it."""
    box = Sandbox(seed="empty", today=lambda: TODAY)
    box.start()
    environ.update(box.environment())
    yield box
    box.stop()


@pytest.fixture
def world(empty_sandbox: Sandbox, context: Flask) -> World:
    """A connected Kontor in automatic mode."""
    made = World(empty_sandbox, context)
    made.connect()
    return made
