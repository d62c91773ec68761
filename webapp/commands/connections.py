"""``kontor connect`` and ``kontor check``: the two systems on the command line. Secrets come from files only."""

from __future__ import annotations

from typing import Any, TextIO

import click

from webapp import texts
from webapp.commands import output
from webapp.domain import Reason
from webapp.extensions import db
from webapp.services import connection_checks, connections, ticket_rights

_secret_file = click.option(
    "--secret-file", type=click.File(encoding="utf-8"), required=True, help="A file that holds the secret; - is standard input."
)


@click.group("connect")
def connect() -> None:
    """Check the credentials of a system, then store them encrypted."""


@connect.command("sophos")
@click.option("--client-id", required=True, help="Client ID of the API credential in Sophos Central Partner.")
@_secret_file
def connect_sophos(client_id: str, secret_file: TextIO) -> None:
    """Connect Sophos Central Partner."""
    _connect("sophos", {"client_id": client_id, "client_secret": secret_file.read()})


@connect.command("autotask")
@click.option("--username", required=True, help="User name (key) of the API user.")
@click.option("--integration-code", required=True, help="API tracking identifier of the API user.")
@_secret_file
def connect_autotask(username: str, integration_code: str, secret_file: TextIO) -> None:
    """Connect Autotask."""
    _connect("autotask", {"username": username, "integration_code": integration_code, "secret": secret_file.read()})


def _connect(system: str, credentials: dict[str, str]) -> None:
    connection_checks.connect(system=system, credentials=credentials, by=output.actor())
    db.session.commit()
    click.echo(texts.sentence("connected", {"system": connections.SYSTEMS[system]}))


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Check both connections, the permissions and the limits as they are now."""
    results = connection_checks.check_stored()
    if as_json:
        output.print_json({"ok": all(result.code is None for result in results), "connections": [*map(_document, results)]})
    else:
        for result in results:
            _say(result)
    if any(result.code for result in results):
        raise SystemExit(1)


def _document(result: connection_checks.Checked) -> dict[str, Any]:
    error = None
    if result.code:
        message, advice = texts.sentence(result.code, result.params), texts.advice(result.code, result.params)
        error = {"code": result.code, "message": message, "advice": advice}
    return {
        "system": result.system,
        "ok": result.code is None,
        "facts": dict(result.facts),
        "limits": dict(result.limits),
        "notes": [{"code": note.key, **_sentences(note)} for note in ticket_rights.notes(result.facts)],
        "error": error,
    }


def _sentences(note: Reason) -> dict[str, str]:
    return {"message": texts.sentence(note.key, note.params), "advice": texts.advice(note.key, note.params)}


def _say(result: connection_checks.Checked) -> None:
    title = connections.SYSTEMS[result.system]
    if result.code is None:
        works = "connection_works_for_usage" if ticket_rights.missing(result.facts) else "connection_works"
        click.echo(texts.sentence(works, {"system": title}))
        for note in map(_sentences, ticket_rights.notes(result.facts)):
            click.echo(f"  {note['message']} {note['advice']}".rstrip())
        if result.limits:
            click.echo(texts.sentence("calls_used", result.limits))
        return
    click.echo(f"{title}: {texts.sentence(result.code, result.params)} ({result.code})")
    if advice := texts.advice(result.code, result.params):
        click.echo(f"  {advice}")


commands = (connect, check)
