"""``kontor runs`` and ``kontor run``: the history."""

from __future__ import annotations

from typing import NoReturn

import click

from webapp import texts
from webapp.commands.output import actor, fail, print_json
from webapp.domain import Month, RunKind, RunState
from webapp.errors import NotFound
from webapp.services import run_documents, run_list
from webapp.services import runs as service
from webapp.services.run_filter import RunFilter


def _month(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return str(Month.parse(text)) if text else ""
    except ValueError:
        raise click.BadParameter(texts.sentence("month_invalid", {"month": text})) from None


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="Print a list of run heads as one JSON document.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, the newest first.")
@click.option("--kind", type=click.Choice([str(kind) for kind in RunKind]), help="Only runs of this kind.")
@click.option("--state", type=click.Choice([str(state) for state in RunState]), help="Only runs in this state.")
@click.option("--month", callback=_month, default="", metavar="YYYY-MM", help="Only runs of this month, as YYYY-MM.")
@click.option("--failures", is_flag=True, help="Only runs that failed, wholly or for some customer.")
def list_runs(*, as_json: bool, limit: int, kind: str | None, state: str | None, month: str, failures: bool) -> None:
    """The newest runs first."""
    found = run_list.newest(RunFilter(kind=kind or "", state=state or "", month=month, failures=failures), limit=limit)
    if as_json:
        print_json([run_documents.head(run) for run in found])
        return
    for run in found:
        click.echo(run_documents.summary(run)[0])


@click.command("run")
@click.argument("run_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the whole run as one JSON document.")
def show_run(run_id: int, *, as_json: bool) -> None:
    """One run with its customers and lines."""
    try:
        run = service.get(run_id)
    except NotFound:
        _unknown(run_id, as_json=as_json)
    if as_json:
        print_json(run_documents.document(run))
        return
    for line in run_documents.summary(run):
        click.echo(line)


def _unknown(run_id: int, *, as_json: bool) -> NoReturn:
    params = {"run": str(run_id)}
    if as_json:
        unknown = run_documents.not_started(
            kind="usage", by=actor(), code="run_unknown", params=params, dry_run=False, month=None
        )
        print_json(unknown)
    fail("run_unknown", params)


commands = (list_runs, show_run)
