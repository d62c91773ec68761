"""Alembic's environment: migrations run on the application's own engine.

SQLite rebuilds a table to change it. With foreign keys on, that would delete the child rows by cascade, so they are off
while migrating and checked afterwards.
"""

from alembic import context
from flask import current_app
from sqlalchemy import text

from webapp.models.types import Moment

config = context.config
database = current_app.extensions["migrate"].db


def render_item(kind: str, item: object, _autogen: object) -> str | bool:
    """Migrations do not depend on the models: a moment is written as the column it is."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, Moment) else False


def run_migrations_online() -> None:
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(connection=connection, target_metadata=database.metadata, render_as_batch=True, render_item=render_item)
        with context.begin_transaction():
            context.run_migrations()
            if sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise RuntimeError("the migration would leave rows without their parent")
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run_migrations_online()
