"""``kontor user``: people who sign in."""

from __future__ import annotations

from typing import TextIO

import click
from flask_babel import gettext

from webapp.commands.output import actor
from webapp.domain import Role
from webapp.extensions import db
from webapp.services import users


@click.group("user")
def group() -> None:
    """People who sign in."""


@group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What the user may do.")
@click.option("--password-file", type=click.File(encoding="utf-8"), required=True, help="Its first line; - is standard input.")
@click.option("--reset", is_flag=True, help="Give a user who exists a new password and role, and sign them out everywhere.")
def add(name: str, role: str, password_file: TextIO, reset: bool) -> None:
    """Make the user NAME. A name that exists is refused, unless with --reset."""
    password = password_file.readline().rstrip("\r\n")
    keep = users.reset if reset else users.add
    user = keep(name=name, password=password, role=role, by=actor())
    db.session.commit()
    click.echo(gettext("%(name)s may sign in as %(role)s.", name=user.name, role=user.role))


commands = (group,)
