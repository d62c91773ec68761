"""``kontor``: every command, with the application around it.

Commands that need the database bring it to this version's schema first, so that the first command on a new instance works.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from webapp import create_app
from webapp.commands.output import fail, say
from webapp.database import SchemaTooNew, upgrade_database
from webapp.errors import NotFound, Refused
from webapp.settings import SettingsError, load_settings

NOUNS = (
    "approvals",
    "billing_check",
    "conflicts",
    "connections",
    "database",
    "mappings",
    "preferences",
    "processes",
    "products",
    "runs",
    "tickets",
    "undo",
    "usage",
    "users",
)


class KontorGroup(click.Group):
    """The group of all commands; errors that a person can act on become a sentence and an exit status."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refused as error:
            fail(error.code, error.params)
        except NotFound as error:
            say(f"There is no {error.what} {error.key}.")
            raise SystemExit(1) from error
        except OperationalError as error:
            say(f"The database cannot be used: {error.orig}")
            raise SystemExit(1) from error


@click.group(cls=KontorGroup)
@click.pass_context
def kontor(ctx: click.Context) -> None:
    """Keeps Autotask contracts equal to what your Sophos customers use, and shows every change before and after."""
    app = _application()
    ctx.obj = app
    if ctx.invoked_subcommand not in WITHOUT_DATABASE:
        _upgrade(app)
    ctx.with_resource(app.app_context())


WITHOUT_DATABASE = ("sandbox", "demo", "up")


def _application() -> Flask:
    try:
        return create_app(load_settings())
    except SettingsError as error:
        say(str(error))
        raise SystemExit(2) from error


def _upgrade(app: Flask) -> None:
    try:
        upgrade_database(app)
    except SchemaTooNew as error:
        say(f"This database was made by a newer Kontor (schema {error}). Install that version, or restore a backup.")
        raise SystemExit(2) from error


for noun in NOUNS:
    for command in import_module(f"webapp.commands.{noun}").commands:
        kontor.add_command(command)


def main() -> None:
    """The console script."""
    kontor(prog_name="kontor", args=sys.argv[1:])
