"""What a person settles for one contract: each form has its own place and its own error."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.decisions import BillingForm, ChoiceForm, DecisionForm, LeftOutForm, LineForm
from webapp.guards import guard
from webapp.htmx import announce, fragment_or_redirect, wants_fragment
from webapp.own_paths import own_path
from webapp.services import contract_decisions, contract_settings, left_out, line_decisions, pins, products

bp = Blueprint("contract_decisions", __name__, url_prefix="/psa/autotask/contracts/<int:contract_id>")


@bp.get("/decisions")
@guard(Role.VIEWER)
def show(contract_id: int) -> ResponseReturnValue:
    return render_template("contracts/decisions.html", decisions=contract_decisions.of(contract_id), refused=None, at="")


@bp.post("/billing")
@guard(Role.ADMIN)
def billing(contract_id: int) -> ResponseReturnValue:
    form = BillingForm()

    def save(by: str) -> None:
        contract_settings.set_billing(contract_id=contract_id, billing=form.billing.data or None, by=by)

    return _save(contract_id, form, save, "billing")


@bp.post("/left-out")
@guard(Role.OPERATOR)
def leave_out(contract_id: int) -> ResponseReturnValue:
    form = LeftOutForm()
    customer_id = form.customer.data or ""

    def save(by: str) -> None:
        if form.answer.data == "in":
            left_out.take_in(contract_id=contract_id, customer_id=customer_id, by=by)
        else:
            left_out.leave_out(contract_id=contract_id, customer_id=customer_id, reason=form.reason.data or "", by=by)

    return _save(contract_id, form, save, f"absent-{customer_id}")


@bp.post("/scheduled")
@guard(Role.OPERATOR)
def scheduled(contract_id: int) -> ResponseReturnValue:
    form = LineForm()

    def save(by: str) -> None:
        decision = form.decision.data or None
        line_decisions.decide(contract_id=contract_id, line_id=form.line_id, decision=decision, by=by)

    return _save(contract_id, form, save, f"scheduled-{form.line.data}")


@bp.post("/line")
@guard(Role.OPERATOR)
def choose_line(contract_id: int) -> ResponseReturnValue:
    form = ChoiceForm()
    customer_id, product_code = form.customer.data or "", form.product.data or ""

    def save(by: str) -> None:
        line_id = form.line_id
        products.choose_line(product_code=product_code, customer_id=customer_id, contract_service_id=line_id, by=by)

    return _save(contract_id, form, save, f"choice-{customer_id}-{product_code}")


@bp.post("/release")
@guard(Role.OPERATOR)
def release(contract_id: int) -> ResponseReturnValue:
    form = LineForm()

    def save(by: str) -> None:
        if form.line_id not in {line.line_id for line in contract_decisions.of(contract_id).pinned}:
            raise Refused("line_not_pinned", "line")
        pins.release(line_ids=[form.line_id], by=by)

    return _save(contract_id, form, save, f"pinned-{form.line.data}")


def _save(contract_id: int, form: DecisionForm, save: Callable[[str], None], at: str) -> ResponseReturnValue:
    """Save and show the forms again, or go back for a plain form; a refusal stands at its place, with 422, and saves nothing."""
    contract_decisions.of(contract_id)
    try:
        save(current_user.actor)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        template = "contracts/_decisions.html" if wants_fragment() else "contracts/decisions.html"
        return render_template(template, decisions=contract_decisions.of(contract_id), refused=refusal, at=at), 422
    to, found = own_path(form.back.data, url_for(".show", contract_id=contract_id)), contract_decisions.of(contract_id)
    return _said(fragment_or_redirect("contracts/_decisions.html", to=to, decisions=found, refused=None, at=""))


def _said(response: ResponseReturnValue) -> Response:
    """Announced for HTMX, noted at the top of the page for a plain form."""
    text = gettext("Saved. The next sync plans with it.")
    if not wants_fragment():
        flash(text)
    return announce(response, text)
