"""The billing check: the month as three figures a line, with its differences; signed by name; as a file."""

from __future__ import annotations

import io
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp import texts
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.filters import amount
from webapp.forms.billing_check import MonthForm, SignForm
from webapp.forms.refusals import show_refusal
from webapp.guards import guard
from webapp.htmx import wants_fragment
from webapp.languages import language
from webapp.routes.runs import FILE_TYPES
from webapp.services import billing_check, billing_pages, sign_offs, table_files
from webapp.services.billing_pages import Asked, CheckPage

bp = Blueprint("billing_check", __name__, url_prefix="/psa/billing-check")


@bp.app_template_filter("signed_amount")
def signed_amount(value: Decimal | None) -> str:
    """A difference in money with its sign."""
    return f"+{amount(value)}" if value is not None and value > 0 else amount(value)


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    shown = billing_pages.of_month(Asked.of(request.args))
    if wants_fragment():
        return _rendered("billing_check/_list.html", shown)
    return _rendered("billing_check/index.html", shown, status=422 if shown.error else 200)


@bp.post("/read")
@guard(Role.OPERATOR)
def read_again() -> ResponseReturnValue:
    """Ask for a dry run of the month; the page shows its progress."""
    text = MonthForm().month.data or ""
    try:
        billing_check.read_again(month=billing_check.month_asked_for(text), by=current_user.actor)
    except Refused as error:
        flash(f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}", "bad")
    return redirect(url_for("billing_check.index", month=text or None), code=303)


@bp.post("/sign")
@guard(Role.OPERATOR)
def sign() -> ResponseReturnValue:
    form = SignForm()
    try:
        month = billing_check.month_asked_for(form.month.data)
        if form.validate():
            kept = sign_offs.sign(month=month, by=current_user.actor, **form.values())
            db.session.commit()
            flash(gettext("Signed. The copy stays as it is now."))
            return redirect(url_for("billing_check.signed", sign_off_id=kept.id), code=303)
    except Refused as error:
        show_refusal(form, error)
    shown = billing_pages.of_month(Asked(month=form.month.data or ""))
    return _rendered("billing_check/index.html", shown, form=form, status=422)


@bp.get("/sign-offs")
@guard(Role.VIEWER)
def sign_off_list() -> ResponseReturnValue:
    return render_template("billing_check/sign_offs.html", sign_offs=sign_offs.listed())


@bp.get("/sign-offs/<int:sign_off_id>")
@guard(Role.VIEWER)
def signed(sign_off_id: int) -> ResponseReturnValue:
    shown = billing_pages.of_sign_off(sign_off_id, Asked.of(request.args))
    return _rendered("billing_check/_list.html" if wants_fragment() else "billing_check/sign_off.html", shown)


@bp.get("/export.<any('csv', 'xlsx'):kind>")
@guard(Role.VIEWER)
def export(kind: str) -> ResponseReturnValue:
    return _file(billing_pages.of_month(Asked.of(request.args)), kind)


@bp.get("/sign-offs/<int:sign_off_id>/export.<any('csv', 'xlsx'):kind>")
@guard(Role.VIEWER)
def export_signed(sign_off_id: int, kind: str) -> ResponseReturnValue:
    return _file(billing_pages.of_sign_off(sign_off_id, Asked.of(request.args)), kind)


def _rendered(template: str, shown: CheckPage, *, form: SignForm | None = None, status: int = 200) -> ResponseReturnValue:
    words = billing_pages.standing_words()
    return render_template(template, shown=shown, form=form or SignForm(), words=words, oob=wants_fragment()), status


def _file(shown: CheckPage, kind: str) -> ResponseReturnValue:
    """The rows as a file for a spreadsheet, in the reader's language."""
    table = billing_pages.table(shown)
    data = table_files.as_excel(table) if kind == "xlsx" else table_files.as_csv(table, german=language() == "de")
    name = f"kontor-billing-check-{shown.check.month}" + (f"-signed-{shown.signed.id}" if shown.signed else "")
    return send_file(io.BytesIO(data), mimetype=FILE_TYPES[kind], as_attachment=True, download_name=f"{name}.{kind}")
