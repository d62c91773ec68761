"""Every test of services runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.sandboxed import sandbox  # noqa: F401 - a fixture


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)
