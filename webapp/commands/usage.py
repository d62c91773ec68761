"""``kontor sync`` and ``kontor refresh``: a run in this process, with no worker and no queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from webapp.commands.output import actor, print_json, say
from webapp.commands.posting import interrupt_cancels, posting_lease
from webapp.context import today
from webapp.domain import Mode, Month, RunKind, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import (
    closing,
    connections,
    execution,
    leases,
    preferences,
    preview,
    preview_words,
    requests,
    run_documents,
    runs,
)

BAD_INPUT = ("month_invalid", "month_in_future", "customer_unknown")
"""Refusals of what was typed: exit status 2."""


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
        _not_started("usage", error, as_json=as_json, dry_run=dry_run, month=month)
    _report(run, as_json=as_json, closes=closing.made_by(run.id))


def _usage_run(customers: tuple[str, ...], month: str | None, *, closed: bool, dry_run: bool, wait: int) -> Run:
    chosen = _month(month) if month is not None or not closed else closing.month_of_close(today())
    named = str(chosen) if month is not None or closed else None
    scope = [customer.lower() for customer in customers] or None
    if scope is not None:
        requests.known(scope)
    if not connections.both_connected():
        raise Refused("not_connected")
    lease = None if dry_run or not _may_post() else posting_lease(wait)
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
        _not_started("refresh", Refused("not_connected"), as_json=as_json, dry_run=False, month=None)
    run = runs.open_run(kind=RunKind.REFRESH, trigger="cli", by=actor())
    db.session.commit()
    with interrupt_cancels(run.id):
        execution.carry_out(run.id)
    _report(runs.get(run.id), as_json=as_json)


def _not_started(kind: str, error: Refused, *, as_json: bool, dry_run: bool, month: str | None) -> None:
    document = run_documents.not_started(
        kind=kind, by=actor(), code=error.code, params=error.params, dry_run=dry_run, month=month
    )
    if as_json:
        print_json(document)
    _say_error(document["error"])
    raise SystemExit(2 if error.code in BAD_INPUT else 1)


def _report(run: Run, *, as_json: bool, closes: Sequence[Run] = ()) -> None:
    """Print the run and, on standard error, the closes that it made first; end with the exit status of all of them."""
    document = run_documents.document(run)
    if as_json:
        print_json(document)
    else:
        for line in run_documents.summary(run):
            click.echo(line)
        if run.dry_run:
            for line in preview_words.in_words(preview.of_run(run.id)):
                click.echo(line)
    for line in (line for close in closes for line in run_documents.summary(close)):
        say(line)
    if document["error"]:
        _say_error(document["error"])
    all_well = all(close.state == RunState.SUCCEEDED for close in closes)
    failed = any(customer["state"] != "succeeded" for customer in document["customers"])
    raise SystemExit(0 if all_well and not failed and run.state == RunState.SUCCEEDED else 1)


def _say_error(error: dict[str, Any]) -> None:
    say(f"{error['message']} {error['advice']} ({error['code']})")


commands = (sync, refresh)
