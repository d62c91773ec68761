"""``kontor db``: the database's schema."""

from __future__ import annotations

import click
from flask import Flask

from webapp.commands.output import say
from webapp.database import upgrade_database


@click.group(name="db")
def database() -> None:
    """The database."""


@database.command()
@click.pass_obj
def upgrade(app: Flask) -> None:
    """Bring the database to this version's schema; several processes may try at once."""
    say("The database is up to date." if not upgrade_database(app) else "The database has been brought up to date.")


commands = (database,)
