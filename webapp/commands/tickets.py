"""``kontor tickets``: one pass of ticket sync in this process, with no worker and no queue."""

from __future__ import annotations

import click

from webapp.commands.output import actor
from webapp.commands.posting import exclusive, interrupt_cancels
from webapp.commands.reports import not_started, report
from webapp.domain import RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import connections, execution, leases, runs


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the run as one JSON document.")
def tickets(*, as_json: bool) -> None:
    """Turn open alerts into tickets, and close those whose trouble is over.

    First finds out what came of anything that had no clear outcome, then reads the alerts of every customer with ticket sync on.
    Exit status 1 if a customer failed.
    """
    try:
        run = _ticket_run()
    except Refused as error:
        not_started("tickets", error, as_json=as_json, dry_run=False, month=None)
    report(run, as_json=as_json)


def _ticket_run() -> Run:
    if not connections.both_connected():
        raise Refused("not_connected")
    lease = exclusive(leases.TICKETS)
    try:
        run = runs.open_run(kind=RunKind.TICKETS, trigger="cli", by=actor())
        db.session.commit()
        with interrupt_cancels(run.id):
            execution.carry_out(run.id, lease=lease)
    finally:
        leases.release(lease)
    return runs.get(run.id)


commands = (tickets,)
