"""Runs: the list, one run, its progress and its files; starting and cancelling one."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp import texts
from webapp.domain import Role, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.customers import chosen_customers
from webapp.forms.runs import CloseForm, StartForm
from webapp.guards import guard
from webapp.htmx import announce, fragment_or_redirect
from webapp.languages import language
from webapp.own_paths import own_path
from webapp.services import preview as previews
from webapp.services import requests, run_list, run_pages, run_tables, runs, table_files
from webapp.services.run_filter import RunFilter, RunView

bp = Blueprint("runs", __name__, url_prefix="/runs")
FILE_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    listed = run_list.page(RunFilter.parse(request.args.to_dict(flat=False)))
    return render_template("runs/index.html", listed=listed, filter=listed.filter)


@bp.get("/<int:run_id>")
@guard(Role.VIEWER)
def show(run_id: int) -> ResponseReturnValue:
    found = run_pages.one(run_id, RunView.parse(request.args.to_dict(flat=False)))
    shown = {"progress": run_pages.progress(run_id), "preview": previews.on_page_of(run_id)}
    return render_template("runs/show.html", found=found, view=found.view, **shown)


@bp.get("/<int:run_id>/<any('lines', 'customers'):part>.<any('csv', 'xlsx'):kind>")
@guard(Role.VIEWER)
def export(run_id: int, part: str, kind: str) -> ResponseReturnValue:
    """The lines or the customers of a run as a file for a spreadsheet, in the reader's language."""
    file = run_tables.of(run_id, part)
    data = table_files.as_excel(file.table) if kind == "xlsx" else table_files.as_csv(file.table, german=language() == "de")
    return send_file(io.BytesIO(data), mimetype=FILE_TYPES[kind], as_attachment=True, download_name=f"{file.name}.{kind}")


@bp.post("")
@guard(Role.OPERATOR)
def start() -> ResponseReturnValue:
    """Sync Now or Refresh, for all or the chosen customers."""
    form = StartForm()
    back = own_path(form.back.data, url_for("runs.index"))
    if not form.validate():
        flash(gettext("Nothing was started: the form was not complete."), "bad")
        return redirect(back, code=303)
    kind = RunKind(form.kind.data)
    by = current_user.actor
    try:
        if form.like.data is not None:
            run = requests.request_like(form.like.data, by=by)
        else:
            run = requests.request_run(kind=kind, trigger="web", by=by, customer_ids=chosen_customers())
    except Refused as error:
        return _refused(error, back)
    return redirect(back if form.back.data else url_for("runs.show", run_id=run.id), code=303)


@bp.post("/preview")
@guard(Role.OPERATOR)
def preview() -> ResponseReturnValue:
    """What a sync for all or the chosen customers would post: a dry run, with its own page."""
    back = own_path(request.form.get("back"), url_for("runs.index"))
    try:
        chosen = chosen_customers()
        run = requests.request_run(kind=RunKind.USAGE, trigger="web", by=current_user.actor, customer_ids=chosen, dry_run=True)
    except Refused as error:
        return _refused(error, back)
    return redirect(url_for("runs.show", run_id=run.id), code=303)


@bp.post("/preview/close")
@guard(Role.OPERATOR)
def preview_close() -> ResponseReturnValue:
    """What the close of a month would post: a dry run, with its own page, from which the month is closed."""
    form = CloseForm()
    try:
        run = requests.request_run(
            kind=RunKind.USAGE, trigger="web", by=current_user.actor, month=form.chosen, dry_run=True, closed=True
        )
    except Refused as error:
        return _refused(error, url_for("overview.waits"))
    return redirect(url_for("runs.show", run_id=run.id), code=303)


def _refused(error: Refused, back: str) -> ResponseReturnValue:
    flash(f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}", "bad")
    return redirect(back, code=303)


@bp.post("/<int:run_id>/cancel")
@guard(Role.OPERATOR)
def cancel(run_id: int) -> ResponseReturnValue:
    runs.cancel(run_id, by=current_user.actor)
    db.session.commit()
    return fragment_or_redirect(
        "runs/_progress.html", to=url_for("runs.show", run_id=run_id), progress=run_pages.progress(run_id)
    )


@bp.get("/<int:run_id>/progress")
@guard(Role.VIEWER)
def progress(run_id: int) -> ResponseReturnValue:
    """The fragment that asks for itself again while the run goes on, and says when it has ended."""
    found = run_pages.progress(run_id)
    answer = fragment_or_redirect("runs/_progress.html", to=url_for("runs.show", run_id=run_id), progress=found)
    ended = gettext("Run %(number)s has ended.", number=run_id)
    return announce(answer, ended, event="kontor:run-ended") if found.ended else answer
