"""``kontor settings``: the settings of the installation."""

from __future__ import annotations

import click
from flask_babel import gettext

from webapp.commands.output import actor, fail, say
from webapp.domain import Mode
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import preferences


@click.group("settings")
def group() -> None:
    """The settings of the installation."""


@group.command("get")
@click.argument("name", required=False)
def get(name: str | None) -> None:
    """Print the value of NAME, or every setting as name=value."""
    if name is None:
        for each, value in preferences.everything().items():
            click.echo(f"{each}={value}")
        return
    if name not in preferences.PREFERENCES:
        fail("setting_unknown", {"name": name}, status=2)
    click.echo(preferences.get(name))


@group.command("set")
@click.argument("name")
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Set NAME to VALUE. What a setting may be is said when it is not."""
    if name == "mode" and value.strip() in (Mode.AUTOMATIC, Mode.APPROVE) and preferences.get("mode") == Mode.OBSERVE:
        _say_what_the_guide_asks()
    try:
        kept = preferences.put(name=name, value=value, by=actor())
    except Refused as error:
        fail(error.code, error.params, status=2)
    db.session.commit()
    click.echo(f"{name}={kept}")


def _say_what_the_guide_asks() -> None:
    """Starting on the command line asks no question (design, section 13, 20); it says what must be true."""
    say(gettext("From now on changes are posted to Autotask. Make sure that:"))
    way = preferences.get("billing")
    say("- " + gettext("you bill the way that is set: %(way)s (kontor settings get billing);", way=way))
    say("- " + gettext("the usage sync of Sophos’ own Autotask integration is off;"))
    say("- " + gettext("no other billing integration changes the units of these contracts."))
    say(gettext("kontor sync --dry-run shows what would be posted."))


commands = (group,)
