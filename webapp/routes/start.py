"""Start synchronising, the last step of the guide: shows the plan for everything, asks, and leaves observe mode."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.refusals import show_refusal
from webapp.forms.start import StartForm
from webapp.guards import guard
from webapp.services import run_pages, starting, sync_settings

bp = Blueprint("start", __name__, url_prefix="/psa/start")


@bp.get("")
@guard(Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page(StartForm(data=starting.defaults()))


@bp.post("")
@guard(Role.ADMIN)
def begin() -> ResponseReturnValue:
    form = StartForm()
    if not form.validate():
        return _page(form), 422
    try:
        starting.start(by=current_user.actor, **form.answers())
    except Refused as error:
        show_refusal(form, error, at="mode")
        return _page(form), 422
    db.session.commit()
    flash(gettext("Synchronising has started. The next sync posts what is within the limits."), "good")
    return redirect(url_for("integration.index"), code=303)


def _page(form: StartForm) -> str:
    found = starting.readiness()
    progress = run_pages.progress(found.making.id) if found.making else None
    return render_template(
        "start/index.html", form=form, found=found, progress=progress, preview=found.preview, ways=sync_settings.ways()
    )
