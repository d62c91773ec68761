"""Every test of services runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from flask import Flask

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
