"""The Flask extensions, unbound; webapp.create_app binds them. Database engine rules live here too."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from sqlalchemy import CursorResult, Engine, MetaData, Update, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model: constraints have predictable names, which migrations on SQLite need."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, engine_options={"pool_pre_ping": True})
if TYPE_CHECKING:
    Model = Base  # what flask-sqlalchemy makes of it at run time is a subclass that type checkers cannot see
else:
    Model = db.Model
migrate = Migrate(render_as_batch=True)
csrf = CSRFProtect()
login_manager = LoginManager()
babel = Babel()
htmx = Htmx()


def prepare_engine(engine: Engine) -> None:
    """Rules of the database connection, once for each engine.

    SQLite: WAL, every commit on disk before an intent is posted (``synchronous=FULL``), foreign keys, and BEGIN IMMEDIATE,
    because the driver's own transactions lose updates when two processes read and then write. A forked child must not use
    its parent's connections.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_immediate)
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))


def _on_sqlite_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def changed_rows(statement: Update) -> int:
    """Carry out an UPDATE in the session's transaction and give the number of rows it met: the heart of every claim.

    Objects in the session are not updated; the commit that follows expires them.
    """
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
