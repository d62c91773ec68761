"""Deciding a conflict: adopt what Autotask shows, or correct it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp import texts
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.decisions import DecisionForm
from webapp.guards import guard
from webapp.own_paths import own_path
from webapp.services import approvals, conflicts

bp = Blueprint("conflicts", __name__, url_prefix="/psa/conflicts")


@bp.post("/<int:change_id>/adopt")
@guard(Role.OPERATOR)
def adopt(change_id: int) -> ResponseReturnValue:
    back = own_path(DecisionForm().back.data, url_for("approvals.index"))
    try:
        conflicts.adopt(change_ids=[change_id], by=current_user.actor)
    except Refused as error:
        return _refused(error, back)
    db.session.commit()
    flash(gettext("Taken over as Autotask shows it. The next sync compares it with the usage."))
    return redirect(back, code=303)


@bp.post("/<int:change_id>/correct")
@guard(Role.OPERATOR)
def correct(change_id: int) -> ResponseReturnValue:
    """Makes the difference a change of its own and has it posted at once; leads to that run."""
    back = own_path(DecisionForm().back.data, url_for("approvals.index"))
    try:
        approvals.may_post([change_id])
        made = [change.id for change in conflicts.correct(change_ids=[change_id], by=current_user.actor)]
        db.session.commit()
        if not made:
            flash(gettext("Autotask shows the right units by now. Nothing has to be corrected."))
            return redirect(back, code=303)
        run = approvals.approve(change_ids=made, by=current_user.actor, trigger="web")
    except Refused as error:
        return _refused(error, back)
    return redirect(url_for("runs.show", run_id=run.id), code=303)


def _refused(error: Refused, back: str) -> ResponseReturnValue:
    db.session.rollback()
    flash(f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}", "bad")
    return redirect(back, code=303)
