"""``kontor approvals``: what waits for a person, and its decision. Approving posts at once, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from webapp import texts
from webapp.commands.output import actor, fail, print_json, say
from webapp.commands.posting import exclusive, interrupt_cancels
from webapp.domain import LineState, Reason, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import approval_lines, approval_list, execution, leases, run_documents, runs
from webapp.services import approvals as service
from webapp.services.run_documents import Document

DONE = (LineState.CONFIRMED, LineState.DEFERRED, LineState.PLANNED)
WAITS_FOR_THE_FIRST = "first_change_open"
IDS = click.argument("change_ids", type=int, nargs=-1, required=True, metavar="CHANGE_ID...")


@click.group()
def approvals() -> None:
    """Changes that wait for a person: list, approve, dismiss."""


@approvals.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of lines as one JSON document.")
def list_held(*, as_json: bool) -> None:
    """What waits for a person, the longest waiting first."""
    lines = approval_list.every_held_line()
    if as_json:
        print_json([run_documents.line_document(line) for line in lines])
        return
    for line in lines:
        who = ", ".join(line.customer_names)
        figures = f"{line.before} -> {line.target}, from {line.effective_date}"
        where = f"{who}, {line.contract_name}, {line.service_name}"
        click.echo(f"{line.change_id}  {where}: {figures}. {run_documents.reason(line)}")
    if not lines:
        click.echo("No change waits for a person.")


@approvals.command()
@IDS
@click.option("--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="How long to wait for a run that posts.")
@click.option("--json", "as_json", is_flag=True, help="Print the run with these lines as one JSON document.")
def approve(change_ids: tuple[int, ...], *, wait: int, as_json: bool) -> None:
    """Post held changes, if they are still what was planned.

    Reads both systems again, then posts. Exit status 1 if one of the changes was not posted.
    """
    approve_now(change_ids, wait=wait, as_json=as_json)


def approve_now(change_ids: Sequence[int], *, wait: int, as_json: bool) -> NoReturn:
    """Carry out an approval in this process, print its run, and end with its exit status."""
    try:
        run, unknown = _approved(change_ids, wait)
    except Refused as error:
        _not_started(change_ids, error, as_json=as_json)
    document = run_documents.document(run)
    document["lines"] += [_unknown(change_id) for change_id in unknown]
    if as_json:
        print_json(document)
    else:
        for text in run_documents.summary(run):
            click.echo(text)
    _say_unknown(unknown)
    if document["error"]:
        _say_error(document["error"])
    raise SystemExit(0 if _all_done(run, unknown) else 1)


def _approved(change_ids: Sequence[int], wait: int) -> tuple[Run, list[int]]:
    """The run that was carried out, and the ids that no change has. Raises Refused where there is nothing to carry out."""
    _something_waits(change_ids)
    db.session.rollback()
    lease = exclusive(leases.POSTING, wait)
    try:
        asked = _something_waits(change_ids)  # again: another run may have posted it meanwhile
        run = service.open_run(change_ids=change_ids, by=actor(), trigger="cli")
        run_id = run.id
        db.session.commit()
        with interrupt_cancels(run_id):
            execution.carry_out(run_id, lease=lease)
    finally:
        leases.release(lease)
    return runs.get(run_id), asked.unknown


def _something_waits(change_ids: Sequence[int]) -> service.Asked:
    service.may_post(change_ids)
    asked = service.asked_for(change_ids)
    if not asked.waiting and asked.problem:
        raise Refused(asked.problem.key, "change", **asked.problem.params)
    return asked


def _all_done(run: Run, unknown: Sequence[int]) -> bool:
    well = run.state == RunState.SUCCEEDED or (run.state == RunState.PARTIAL and run.error_code in (None, WAITS_FOR_THE_FIRST))
    return well and not unknown and all(line.state in DONE and line.code != "approval_stale" for line in run.lines)


def _not_started(change_ids: Sequence[int], error: Refused, *, as_json: bool) -> NoReturn:
    """The document without a run; ids that do not wait or do not exist are lines all the same."""
    db.session.rollback()
    document = run_documents.not_started(
        kind="usage", by=actor(), code=error.code, params=error.params, dry_run=False, month=None
    )
    asked = service.asked_for(change_ids)
    names = approval_lines.Names.of(asked.stale)
    stale = [approval_lines.stale_line(change, names) for change in asked.stale]
    document["lines"] = [run_documents.line_document(line) for line in stale] + [_unknown(each) for each in asked.unknown]
    if as_json:
        print_json(document)
    _say_error(document["error"])
    raise SystemExit(1)


@approvals.command()
@IDS
@click.option("--reason", required=True, metavar="TEXT", help="Why it is not made; kept with the decision.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as one JSON document.")
def dismiss(change_ids: tuple[int, ...], reason: str, *, as_json: bool) -> None:
    """Do not make held changes. A dismissal stands until the figures change."""
    try:
        why = service.usable_reason(reason)
    except Refused as error:
        fail(error.code, error.params, status=2)
    asked = service.asked_for(change_ids)
    names = approval_lines.Names.of(asked.waiting + asked.stale)
    documents = []
    for change in asked.waiting:
        try:
            service.dismiss(change_ids=[change.id], reason=why, by=actor())
        except Refused:  # somebody else decided it this moment
            asked.stale.append(change)
            continue
        db.session.commit()
        documents.append(run_documents.line_document(approval_lines.line_of(change, names)))
        if not as_json:
            click.echo(f"{change.id}  dismissed: {change.service_name}, {change.before} -> {change.target}")
    for change in asked.stale:
        documents.append(run_documents.line_document(approval_lines.stale_line(change, names)))
        say(f"{change.id}  {documents[-1]['reason']} (approval_stale)")
    documents += [_unknown(change_id) for change_id in asked.unknown]
    _say_unknown(asked.unknown)
    if as_json:
        print_json(documents)
    raise SystemExit(1 if asked.problem else 0)


def _unknown(change_id: int) -> Document:
    """An id that no change has, as a line."""
    reason = Reason("change_unknown", {"change": str(change_id)})
    empty = ("contract_id", "contract_service_id", "service_id", "before", "target", "delta", "effective_date")
    line: Document = {"change_id": change_id, **dict.fromkeys(empty), "service_name": "", "customer_ids": [], "products": []}
    return line | {"state": LineState.BLOCKED, "code": reason.key, "reason": texts.sentence(reason.key, reason.params)}


def _say_unknown(change_ids: Sequence[int]) -> None:
    for change_id in change_ids:
        say(f"{texts.sentence('change_unknown', {'change': str(change_id)})} (change_unknown)")


def _say_error(error: dict[str, Any]) -> None:
    say(f"{error['message']} {error['advice']} ({error['code']})")


commands = (approvals,)
