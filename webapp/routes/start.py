"""Start synchronising, the last step of the guide: shows the plan for everything, asks, and leaves observe mode."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp import texts
from webapp.domain import Mode, Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.start import StartForm
from webapp.guards import guard
from webapp.services import run_pages, starting

bp = Blueprint("start", __name__, url_prefix="/psa/start")


@bp.get("")
@guard(Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page(StartForm())


@bp.post("")
@guard(Role.ADMIN)
def begin() -> ResponseReturnValue:
    form = StartForm()
    if not form.validate():
        return _page(form), 422
    answers = {"mode": Mode(form.mode.data), "billing": form.billing.data, "others_are_off": form.others_are_off.data}
    try:
        starting.start(by=current_user.actor, **answers)
    except Refused as error:
        db.session.rollback()
        field = form.others_are_off if error.field == "others_are_off" else form.mode
        field.errors = [texts.sentence(error.code, error.params)]
        return _page(form), 422
    db.session.commit()
    flash(gettext("Synchronising has started. The next sync posts what is within the limits."), "good")
    return redirect(url_for("integration.index"), code=303)


def _page(form: StartForm) -> str:
    found = starting.readiness()
    progress = run_pages.progress(found.making.id) if found.making else None
    return render_template("start/index.html", form=form, found=found, progress=progress)
