"""Tickets: alerts and what became of them, the trail of each, and what a person can do about it (design, section 7.3)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from webapp import texts, ticket_labels
from webapp.domain import Role, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.refusals import show_refusal
from webapp.forms.tickets import CreateShownForm, GiveUpForm
from webapp.guards import guard
from webapp.own_paths import own_path
from webapp.services import run_pages, ticket_actions, ticket_counts, ticket_documents, ticket_list, ticket_page
from webapp.services.ticket_filter import TicketFilter

bp = Blueprint("tickets", __name__, url_prefix="/psa/tickets")


@bp.record_once
def _words(state: BlueprintSetupState) -> None:
    """The words for states and reasons, also on the page of a run."""
    words = {"ticket_labels": ticket_labels, "ticket_reason": ticket_documents.reason, "ticket_advice": ticket_documents.advice}
    state.app.jinja_env.globals.update(words)


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    wanted = TicketFilter.parse(request.args.to_dict(flat=False))
    by_customer = wanted.show == "customers"
    return render_template(
        "tickets/index.html",
        found=ticket_counts.customers(wanted) if by_customer else ticket_list.page(wanted),
        standing=ticket_counts.standing(),
        progress=run_pages.current(RunKind.TICKETS),
    )


@bp.get("/<int:ticket_id>")
@guard(Role.VIEWER)
def show(ticket_id: int) -> ResponseReturnValue:
    return _ticket(ticket_id, GiveUpForm())


@bp.get("/alerts/<alert_id>")
@guard(Role.VIEWER)
def alert(alert_id: str) -> ResponseReturnValue:
    return render_template("tickets/alert.html", found=ticket_page.alert(alert_id))


@bp.post("/read")
@guard(Role.OPERATOR)
def read() -> ResponseReturnValue:
    """Reads the alerts of all customers now."""
    try:
        ticket_actions.read_now(by=current_user.actor)
    except Refused as error:
        _told(error)
    return redirect(url_for(".index"), code=303)


@bp.post("/steps/<int:step_id>/retry")
@guard(Role.OPERATOR)
def retry(step_id: int) -> ResponseReturnValue:
    try:
        ticket_actions.retry(step_id, by=current_user.actor)
        flash(gettext("It is tried again with the next ticket sync, which was asked for."))
    except Refused as error:
        _told(error)
    return redirect(own_path(request.form.get("back"), url_for(".index")), code=303)


@bp.post("/<int:ticket_id>/give-up")
@guard(Role.OPERATOR)
def give_up(ticket_id: int) -> ResponseReturnValue:
    form = GiveUpForm()
    try:
        ticket_actions.give_up(ticket_id, by=current_user.actor, reason=form.reason.data or "")
    except Refused as error:
        show_refusal(form, error)
        return _ticket(ticket_id, form), 422
    db.session.commit()
    flash(gettext("Given up: no ticket is made for this trouble."))
    return redirect(url_for(".show", ticket_id=ticket_id), code=303)


@bp.get("/create")
@guard(Role.OPERATOR)
def confirm() -> ResponseReturnValue:
    """Which tickets "Also create" would be about, before it is done."""
    customer = request.args.get("customer", "").replace("\0", "")
    return render_template("tickets/create.html", groups=ticket_counts.to_create(customer or None), customer=customer)


@bp.post("/create")
@guard(Role.OPERATOR)
def create() -> ResponseReturnValue:
    customer = (CreateShownForm().customer.data or "").replace("\0", "")
    number = ticket_actions.create_shown(customer or None, by=current_user.actor)
    told = ngettext("%(num)s alert goes through the rules now.", "%(num)s alerts go through the rules now.", number)
    flash(told if number else gettext("Nothing was left to do: no alert is only shown."))
    return redirect(url_for(".index"), code=303)


def _ticket(ticket_id: int, form: GiveUpForm) -> str:
    return render_template("tickets/show.html", found=ticket_page.ticket(ticket_id), form=form)


def _told(error: Refused) -> None:
    db.session.rollback()
    flash(f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}", "bad")
