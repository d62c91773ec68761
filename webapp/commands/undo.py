"""``kontor undo``: prepare the taking back of a run in this process, or let its lines go again."""

from __future__ import annotations

from typing import NoReturn

import click

from webapp import texts
from webapp.commands.output import actor, fail, print_json, say
from webapp.commands.posting import interrupt_cancels
from webapp.domain import RunState
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import execution, pins, run_documents, runs
from webapp.services import undo as service


@click.command()
@click.argument("run_id", type=int, metavar="RUN_ID")
@click.option("--release", is_flag=True, help="Release the lines that the undo of this run holds, and prepare nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the run that prepared the undo as one JSON document.")
def undo(run_id: int, *, release: bool, as_json: bool) -> None:
    """Prepare the opposing changes of a run; each waits for an approval, and its line is held until released.

    Exit status 1 if one of the lines cannot be taken back.
    """
    if release:
        _release(run_id, as_json=as_json)
        return
    try:
        made = service.open_run(run_id=run_id, by=actor(), trigger="cli").id
    except NotFound:
        _not_started("run_unknown", {"run": str(run_id)}, as_json=as_json)
    except Refused as error:
        _not_started(error.code, dict(error.params), as_json=as_json)
    db.session.commit()
    with interrupt_cancels(made):
        execution.carry_out(made)
    _report(runs.get(made), as_json=as_json)


def _release(run_id: int, *, as_json: bool) -> None:
    released = pins.release(line_ids=sorted(pins.pinned_by(run_id)), by=actor())
    db.session.commit()
    if as_json:
        print_json(released)
        return
    click.echo(f"Released: {', '.join(str(line_id) for line_id in released)}")


def _not_started(code: str, params: dict[str, object], *, as_json: bool) -> NoReturn:
    db.session.rollback()
    if as_json:
        print_json(run_documents.not_started(kind="usage", by=actor(), code=code, params=params, dry_run=False, month=None))
    fail(code, params)


def _report(run: Run, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json(run_documents.document(run))
    else:
        for line in run_documents.summary(run):
            click.echo(line)
    waiting = [line.change_id for line in run.lines if line.change_id]
    if waiting:
        say(f"To post it: kontor approvals approve {' '.join(str(change_id) for change_id in waiting)}")
    if run.error_code:
        say(f"{texts.sentence(run.error_code, run.error_params)} ({run.error_code})")
    raise SystemExit(0 if run.state == RunState.SUCCEEDED else 1)


commands = (undo,)
