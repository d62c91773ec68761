"""How commands speak: results on stdout, everything else on stderr, exit status 0, 1 or 2 (design, section 8)."""

from __future__ import annotations

import getpass
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from webapp import texts


def actor() -> str:
    """Who gives the command, for runs, decisions and the audit log: ``cli:<os user>@<host>``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"cli:{user}@{socket.gethostname()}"


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """The one JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def say(text: str) -> None:
    """A remark for the person at the terminal; on stderr, so that stdout stays the result."""
    click.echo(text, err=True)


def fail(code: str, params: Mapping[str, Any] | None = None, *, status: int = 1) -> NoReturn:
    """Say what happened and what to do, and end with ``status``."""
    say(texts.sentence(code, params))
    if advice := texts.advice(code, params):
        say(advice)
    say(f"({code})")
    raise SystemExit(status)
