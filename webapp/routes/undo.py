"""Undo a run: what can be taken back, preparing it, and letting the lines go again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.decisions import LineForm
from webapp.guards import guard
from webapp.services import pins, run_pages, undo

bp = Blueprint("undo", __name__, url_prefix="/runs/<int:run_id>/undo")


@bp.get("")
@guard(Role.VIEWER)
def show(run_id: int) -> ResponseReturnValue:
    return _page(run_id)


@bp.post("")
@guard(Role.OPERATOR)
def prepare(run_id: int) -> ResponseReturnValue:
    """Starts the run that prepares the undo; the page shows its progress."""
    try:
        undo.request(run_id=run_id, by=current_user.actor)
    except Refused as error:
        db.session.rollback()
        return _page(run_id, refused=error), 422
    return redirect(url_for(".show", run_id=run_id), code=303)


@bp.post("/release")
@guard(Role.OPERATOR)
def release(run_id: int) -> ResponseReturnValue:
    """Lets one line go, or with ``all`` every line that the undo of this run holds."""
    form = LineForm()
    held = pins.pinned_by(run_id)
    try:
        wanted = sorted(held if form.decision.data == "all" else held & {form.line_id})
        released = pins.release(line_ids=wanted, by=current_user.actor)
    except Refused as error:
        db.session.rollback()
        return _page(run_id, refused=error), 422
    db.session.commit()
    flash(ngettext("%(num)s line released.", "%(num)s lines released.", len(released)))
    return redirect(url_for(".show", run_id=run_id), code=303)


def _page(run_id: int, *, refused: Refused | None = None) -> str:
    found = undo.page(run_id)
    progress = run_pages.progress(found.prepared.id) if found.prepared else None
    return render_template("runs/undo.html", found=found, progress=progress, refused=refused)
