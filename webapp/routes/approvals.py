"""Approvals: the changes that wait for a person, and everything that was decided (design, section 7.2 "Guard")."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.approvals import DismissForm, chosen_changes, shown_filter
from webapp.forms.refusals import show_refusal
from webapp.guards import guard
from webapp.services import approval_list, approvals

bp = Blueprint("approvals", __name__, url_prefix="/psa/approvals")


@bp.app_template_filter("money")
def money(value: float) -> str:
    """An amount with its sign and two decimals, with a true minus. The currency is that of Autotask."""
    return ("+" if value > 0 else "−" if value < 0 else "") + format_decimal(abs(value), "#,##0.00")


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    everything = request.args.get("select") == "all"
    return render_template("approvals/index.html", found=approval_list.page(shown_filter()), everything=everything)


@bp.get("/confirm")
@guard(Role.OPERATOR)
def confirm() -> ResponseReturnValue:
    """What approving or dismissing the chosen changes would do, before it is done."""
    return _confirm("dismiss" if request.args.get("decision") == "dismiss" else "approve", chosen_changes())


@bp.post("/approve")
@guard(Role.OPERATOR)
def approve() -> ResponseReturnValue:
    """Starts the run that posts, and leads to its progress."""
    chosen = chosen_changes()
    try:
        run = approvals.approve(change_ids=chosen, by=current_user.actor, trigger="web")
    except Refused as error:
        db.session.rollback()
        return _confirm("approve", chosen, refused=error), 422
    return redirect(url_for("runs.show", run_id=run.id), code=303)


@bp.post("/dismiss")
@guard(Role.OPERATOR)
def dismiss() -> ResponseReturnValue:
    chosen, form = chosen_changes(), DismissForm()
    try:
        gone = approvals.dismiss(change_ids=chosen, reason=form.reason.data or "", by=current_user.actor)
    except Refused as error:
        show_refusal(form, error)
        return _confirm("dismiss", chosen, form=form, refused=None if error.field == "reason" else error), 422
    db.session.commit()
    flash(ngettext("%(num)s change dismissed.", "%(num)s changes dismissed.", len(gone)))
    return redirect(url_for(".index"), code=303)


def _confirm(decision: str, chosen: list[int], *, form: DismissForm | None = None, refused: Refused | None = None) -> str:
    return render_template(
        "approvals/confirm.html",
        decision=decision,
        preview=approval_list.preview(chosen),
        form=form or DismissForm(),
        refused=refused,
    )
