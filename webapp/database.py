"""Bringing the database to the schema of this version, once, whoever comes first."""

from __future__ import annotations

import fcntl

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate, upgrade
from sqlalchemy import text

from webapp.context import context
from webapp.extensions import db

_LOCK_NUMBER = 7_226_001  # any number that Kontor alone uses for PostgreSQL's advisory lock


class SchemaTooNew(Exception):
    """The database was made by a newer Kontor than this one."""


def upgrade_database(app: Flask) -> bool:
    """Run the missing migrations; several processes may try at once. Says whether anything was to do.

    Raises SchemaTooNew where the database knows a migration that this version does not.
    """
    with app.app_context():
        script = _scripts(app)
        if _is_current(script):
            return False
        if context().settings.is_sqlite:
            with (context().settings.instance / "migration.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                _upgrade_if_needed(script)
        else:
            with db.engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _LOCK_NUMBER})
                _upgrade_if_needed(script)
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _LOCK_NUMBER})
        return True


def is_current(app: Flask) -> bool:
    """Whether the database has this version's schema. Raises SQLAlchemyError where it cannot be reached."""
    with app.app_context():
        try:
            return _is_current(_scripts(app))
        except SchemaTooNew:
            return False


def _scripts(app: Flask) -> ScriptDirectory:
    extension: Migrate = app.extensions["migrate"].migrate
    return ScriptDirectory.from_config(extension.get_config(app.extensions["migrate"].directory))


def _revision() -> str | None:
    with db.engine.connect().execution_options(read_only=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _is_current(script: ScriptDirectory) -> bool:
    revision = _revision()
    if revision is not None and revision not in {known.revision for known in script.walk_revisions()}:
        raise SchemaTooNew(revision)
    return revision == script.get_current_head()


def _upgrade_if_needed(script: ScriptDirectory) -> None:
    if not _is_current(script):
        upgrade()
