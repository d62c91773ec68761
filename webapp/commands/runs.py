"""``kontor runs`` and ``kontor run``: the history."""

from __future__ import annotations

import click

from webapp.commands.output import actor, fail, print_json
from webapp.errors import NotFound
from webapp.services import run_documents
from webapp.services import runs as service


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="Print a list of run heads as one JSON document.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, the newest first.")
def list_runs(*, as_json: bool, limit: int) -> None:
    """The newest runs first."""
    found = service.history(limit=limit)
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
        if as_json:  # standard output is one document, also where there is no run (design, section 13, 16)
            print_json(
                run_documents.not_started(
                    kind="usage", by=actor(), code="run_unknown", params={"run": str(run_id)}, dry_run=False, month=None
                )
            )
        fail("run_unknown", {"run": str(run_id)})
    if as_json:
        print_json(run_documents.document(run))
        return
    for line in run_documents.summary(run):
        click.echo(line)


commands = (list_runs, show_run)
