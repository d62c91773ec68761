"""``kontor conflicts``: three figures each, and a person chooses."""

from __future__ import annotations

from typing import Any

import click

from webapp.commands.approvals import approve_now
from webapp.commands.output import actor, print_json, say
from webapp.extensions import db
from webapp.services import approvals
from webapp.services import conflicts as service
from webapp.services.conflicts import Conflict

IDS = click.argument("change_ids", type=int, nargs=-1, required=True, metavar="CHANGE_ID...")


@click.group()
def conflicts() -> None:
    """Changes after which Autotask shows neither what was nor what should be: list, adopt, correct."""


@conflicts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list as one JSON document.")
def list_open(*, as_json: bool) -> None:
    """The open conflicts with their three figures, the oldest first."""
    found = service.listed()
    if as_json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        where = f"{', '.join(one.customer_names)}, {one.contract_name}, {one.change.service_name}"
        figures = f"before {one.before}, wanted {one.after}, Autotask shows {one.shown}"
        click.echo(f"{one.change.id}  {where}, {one.change.effective_date}: {figures}")
    if not found:
        click.echo("There is no conflict.")


@conflicts.command()
@IDS
@click.option("--json", "as_json", is_flag=True, help="Print the decided changes as one JSON document.")
def adopt(change_ids: tuple[int, ...], *, as_json: bool) -> None:
    """What Autotask shows is right. The next sync plans from there."""
    changes = service.adopt(change_ids=change_ids, by=actor())
    db.session.commit()
    if as_json:
        print_json([{"change_id": change.id, "state": change.state, "units": change.units_after} for change in changes])
        return
    for change in changes:
        click.echo(f"{change.id}  adopted: {change.service_name}, {change.units_after}")


@conflicts.command()
@IDS
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="How long to wait for a run that posts.")
@click.option("--json", "as_json", is_flag=True, help="Print the run that posts as one JSON document.")
def correct(change_ids: tuple[int, ...], *, wait: int, as_json: bool) -> None:
    """The target is right: post the difference at once, on the next allowed date.

    Exit status 1 if it was not posted; it then waits with the approvals.
    """
    approvals.may_post(change_ids)
    made = [change.id for change in service.correct(change_ids=change_ids, by=actor())]
    db.session.commit()
    if made:
        approve_now(made, wait=wait, as_json=as_json)
    say("Autotask shows the right units by now. Nothing has to be corrected.")
    if as_json:
        print_json([])


def _document(one: Conflict) -> dict[str, Any]:
    change = one.change
    return {
        "change_id": change.id,
        "contract_id": change.contract_id,
        "contract_name": one.contract_name,
        "contract_service_id": change.contract_service_id,
        "service_id": change.service_id,
        "service_name": change.service_name,
        "customer_ids": change.customer_ids,
        "effective_date": change.effective_date.isoformat(),
        "expected_before": one.before,
        "expected_after": one.after,
        "units": one.shown,
    }


commands = (conflicts,)
