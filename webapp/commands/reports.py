"""How a command that carried out a run ends: the document or the words, and the exit status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from webapp.commands.output import actor, print_json, say
from webapp.domain import RunState
from webapp.errors import Refused
from webapp.models import Run
from webapp.services import preview, preview_words, run_documents

BAD_INPUT = ("month_invalid", "month_in_future", "customer_unknown")
"""Refusals of what was typed: exit status 2."""


def not_started(kind: str, error: Refused, *, as_json: bool, dry_run: bool, month: str | None) -> NoReturn:
    """Print the document of a run that could not start; end with 2 for bad input, else with 1."""
    document = run_documents.not_started(
        kind=kind, by=actor(), code=error.code, params=error.params, dry_run=dry_run, month=month
    )
    if as_json:
        print_json(document)
    _say_error(document["error"])
    raise SystemExit(2 if error.code in BAD_INPUT else 1)


def report(run: Run, *, as_json: bool, closes: Sequence[Run] = ()) -> NoReturn:
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
