"""How the commands speak of an imported file: every error and warning with its line, and what was or would be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import click
from flask_babel import gettext, ngettext

from webapp import texts
from webapp.commands import output
from webapp.extensions import db
from webapp.services.csv_files import FileError, ImportReport


def import_file(file: BinaryIO, *, dry_run: bool, service: Callable[..., ImportReport]) -> None:
    """Read ``file``, let ``service`` import it, commit and report. Ends with exit status 1 where there are errors."""
    report = service(data=file.read(), by=output.actor(), dry_run=dry_run)
    for warning in report.warnings:
        output.say(gettext("Warning: %(text)s", text=line_text(warning)))
    for error in report.errors:
        output.say(line_text(error))
    if report.errors:
        output.say(gettext("Nothing was changed."))
        raise SystemExit(1)
    db.session.commit()
    click.echo(_summary(report, dry_run))


def line_text(error: FileError) -> str:
    """``Line 4, contract_id: There is no contract 7. (contract_unknown)``"""
    message = texts.sentence(error.code, error.params)
    if error.column:
        place = gettext("Line %(line)s, %(column)s", line=error.line, column=error.column)
    else:
        place = gettext("Line %(line)s", line=error.line)
    return f"{place}: {message} ({error.code})"


def _summary(report: ImportReport, dry_run: bool) -> str:
    values: dict[str, Any] = {"same": report.unchanged}
    if dry_run:
        return ngettext(
            "%(num)d row would be changed, %(same)d stay.",
            "%(num)d rows would be changed, %(same)d stay.",
            report.changed,
            **values,
        )
    return ngettext("%(num)d row changed, %(same)d stay.", "%(num)d rows changed, %(same)d stay.", report.changed, **values)
