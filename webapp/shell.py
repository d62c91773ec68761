"""What every page shows around its content: who is signed in, the language, the last and the next sync, open findings,
changes that wait for a person, tickets that failed."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from flask import Flask, request

from webapp.languages import LANGUAGES, language
from webapp.services import approvals, standing, ticket_list


class Shell:
    """Asked for only when a template needs it: pages for people who are not signed in ask the database nothing."""

    @cached_property
    def last_sync(self) -> datetime | None:
        return standing.last_sync()

    @cached_property
    def next_sync(self) -> datetime | None:
        return standing.next_sync()

    @cached_property
    def open_findings(self) -> int:
        return standing.open_findings()

    @cached_property
    def held_changes(self) -> int:
        return approvals.waiting_count()

    @cached_property
    def failed_tickets(self) -> int:
        return ticket_list.failed_count()


def init_shell(app: Flask) -> None:
    app.jinja_env.globals.update(language=language, languages=LANGUAGES, here=_here)
    app.context_processor(lambda: {"shell": Shell()})


def _here() -> str:
    """The address to come back to after a change of language or appearance."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"
