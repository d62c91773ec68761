"""Every test of services runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.desk import Desk
from tests.sandboxed import ticking_sandbox
from tests.world import World
from webapp.sandbox.server import Sandbox


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(empty_sandbox: Sandbox, context: Flask) -> World:
    """A connected Kontor in automatic mode."""
    made = World(empty_sandbox, context)
    made.connect()
    return made


@pytest.fixture
def ticking(environ: dict[str, str]) -> Iterator[Sandbox]:
    """A sandbox without a customer, at Kontor's own moment."""
    yield from ticking_sandbox(environ)


@pytest.fixture
def desk(ticking: Sandbox, context: Flask) -> Desk:
    """A Kontor that is not connected yet, beside a sandbox at the same moment."""
    return Desk(ticking, context)
