"""``kontor sync`` and ``kontor refresh``: a run in this process, with no worker and no queue."""

from __future__ import annotations

import click

from webapp.commands.output import actor
from webapp.commands.posting import exclusive, interrupt_cancels
from webapp.commands.reports import not_started, report
from webapp.context import today
from webapp.domain import Mode, Month, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import (
    closing,
    connections,
    execution,
    leases,
    preferences,
    requests,
    runs,
)


@click.command()
@click.option(
    "--customer", "customers", multiple=True, metavar="ID", help="Only this customer and all on its contract; repeatable."
)
@click.option("--month", metavar="YYYY-MM", help="The month to plan; a past one on its own period, if that is not posted yet.")
@click.option("--close", "closed", is_flag=True, help="Plan the month as closed: its close alone may lower.")
@click.option("--dry-run", is_flag=True, help="Read and plan, but post nothing.")
@click.option(
    "--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="How long to wait for another run that posts."
)
@click.option("--json", "as_json", is_flag=True, help="Print the run as one JSON document.")
def sync(customers: tuple[str, ...], month: str | None, *, closed: bool, dry_run: bool, wait: int, as_json: bool) -> None:
    """Bring the contracts in Autotask to the licences that the customers use.

    First settles what is open, then reads, plans, holds what needs a person and posts the rest. Without a month, inside the
    close window, the month before is closed first, as a run of its own. Exit status 1 if a customer failed.
    """
    try:
        run = _usage_run(customers, month, closed=closed, dry_run=dry_run, wait=wait)
    except Refused as error:
        not_started("usage", error, as_json=as_json, dry_run=dry_run, month=month)
    report(run, as_json=as_json, closes=closing.made_by(run.id))


def _usage_run(customers: tuple[str, ...], month: str | None, *, closed: bool, dry_run: bool, wait: int) -> Run:
    chosen = _month(month) if month is not None or not closed else closing.month_of_close(today())
    named = str(chosen) if month is not None or closed else None
    scope = [customer.lower() for customer in customers] or None
    if scope is not None:
        requests.known(scope)
    if not connections.both_connected():
        raise Refused("not_connected")
    lease = None if dry_run or not _may_post() else exclusive(leases.POSTING, wait)
    try:
        run = runs.open_run(
            kind=RunKind.USAGE, trigger="cli", by=actor(), scope=scope, month=named, dry_run=dry_run, closed=closed
        )
        if scope is not None:
            requests.skip_the_rest(run, scope)
        db.session.commit()
        with interrupt_cancels(run.id):
            execution.carry_out(run.id, lease=lease)
    finally:
        if lease:
            leases.release(lease)
    return runs.get(run.id)


def _month(text: str | None) -> Month:
    running = Month.of(today())
    if text is None:
        return running
    try:
        month = Month.parse(text)
    except ValueError:
        raise Refused("month_invalid", "month", month=text) from None
    if month.first_day > running.first_day:
        raise Refused("month_in_future", "month", month=text)
    return month


def _may_post() -> bool:
    return preferences.get("mode") in (Mode.AUTOMATIC, Mode.APPROVE)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the run as one JSON document.")
def refresh(*, as_json: bool) -> None:
    """Pull names, contracts and lines from both systems."""
    if not connections.both_connected():
        not_started("refresh", Refused("not_connected"), as_json=as_json, dry_run=False, month=None)
    run = runs.open_run(kind=RunKind.REFRESH, trigger="cli", by=actor())
    db.session.commit()
    with interrupt_cancels(run.id):
        execution.carry_out(run.id)
    report(runs.get(run.id), as_json=as_json)


commands = (sync, refresh)
