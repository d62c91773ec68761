"""What all tests share: no network but loopback, an application per test on a database of its own, a clock that stands still."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.postgres import PostgresServer
from tests.sandboxed import empty_sandbox, small_sandbox  # noqa: F401 - fixtures
from webapp import create_app
from webapp.database import upgrade_database
from webapp.extensions import db
from webapp.hosts import is_loopback
from webapp.settings import Settings, load_settings

NOON = "2026-11-23T11:00:00+00:00"
"""The moment at which tests run unless they say otherwise: Monday, 23 November 2026, noon in Berlin."""


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that talks to another machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(str(address[0])):
            raise RuntimeError(f"tests talk to loopback only, not to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of the application under test; a test may change it before it asks for ``app``."""
    clock = tmp_path / "clock"
    clock.write_text(NOON)
    loopback = "http://127.0.0.1:9"
    return {
        "KONTOR_INSTANCE": str(tmp_path / "instance"),
        "KONTOR_TIMEZONE": "Europe/Berlin",
        "KONTOR_TEST_CLOCK": str(clock),
        "SOPHOS_ID_URL": loopback,
        "SOPHOS_API_URL": loopback,
        "AUTOTASK_ZONE_URL": loopback,
        "SECRET_KEY": "tests",
        "KONTOR_CREDENTIAL_KEYS": "x5bV6uK4r1dGZp0aQeXr0JmM5t8yqkq0S2f3oYb1c2k=",
    }


@pytest.fixture
def set_clock(environ: dict[str, str]) -> Any:
    """Sets the moment at which the application believes to be: ``set_clock("2026-12-01T06:00:00+00:00")``."""
    clock = Path(environ["KONTOR_TEST_CLOCK"])

    def set_to(moment: str) -> None:
        """At once and never half: other processes may be reading it."""
        fresh = clock.with_suffix(".new")
        fresh.write_text(moment)
        fresh.replace(clock)

    return set_to


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load_settings(environ)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, made once and copied for each test."""
    instance = tmp_path_factory.mktemp("template")
    app = create_app(load_settings({"KONTOR_INSTANCE": str(instance)}))
    upgrade_database(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # the last connection to close writes everything into the one file
    return instance / "kontor.db"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server for this test process, with a migrated template database.

    Its folder is not below pytest's: a server that is started as root runs as another user, and each session of pytest
    closes the folder of all sessions to other users.
    """
    folder = Path(tempfile.mkdtemp(prefix="kontor-postgres-"))
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """``sqlite``; the tests of services and jobs run with ``postgresql`` too (tests/services/conftest.py)."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def app(request: pytest.FixtureRequest, database: str, environ: dict[str, str], sqlite_template: Path) -> Iterator[Flask]:
    """An application on an empty, migrated database of its own."""
    if database == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    settings = load_settings(environ)
    if database == "sqlite":
        shutil.copy(sqlite_template, settings.instance / "kontor.db")
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed, for tests that call services."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
