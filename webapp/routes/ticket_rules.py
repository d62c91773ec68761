"""Ticket rules: which alert becomes which ticket, tried on the alerts that are open, and a test ticket."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp import texts
from webapp.domain import Role, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.refusals import show_refusal
from webapp.forms.ticket_rules import RuleForm, data_of
from webapp.guards import guard
from webapp.htmx import announce, wants_fragment
from webapp.services import pick_options, requests, rule_edits, rule_pages, rule_trial, run_pages
from webapp.services.ticket_rules import Rule

bp = Blueprint("ticket_rules", __name__, url_prefix="/psa/ticket-rules")


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    return _page(request.args.get("customer") or None)


@bp.route("/new", methods=["GET", "POST"])
@guard(Role.ADMIN)
def new() -> ResponseReturnValue:
    """A new rule; it goes on top of its list."""
    form = RuleForm(data={"customer": request.args.get("customer", "")})
    if request.method == "POST" and form.check():
        try:
            rule_edits.add(rule=form.rule(), by=current_user.actor)
            return _saved(form, gettext("Saved. The new rule goes first; move it down where others should decide before it."))
        except Refused as error:
            show_refusal(form, error, at="action")
    return _form(form, None)


@bp.route("/rule/<key>", methods=["GET", "POST"])
@guard(Role.ADMIN)
def edit(key: str) -> ResponseReturnValue:
    rule = rule_edits.find(key)
    form = RuleForm(data=data_of(rule))
    if request.method == "POST" and form.check(rule):
        try:
            rule_edits.change(key=key, rule=form.rule(), by=current_user.actor)
            return _saved(form, gettext("Saved."))
        except Refused as error:
            show_refusal(form, error, at="action")
    return _form(form, key, rule)


@bp.route("/rule/<key>/delete", methods=["GET", "POST"])
@guard(Role.ADMIN)
def delete(key: str) -> ResponseReturnValue:
    """Asks first, and says what then applies."""
    found = rule_trial.without(key)
    if request.method == "GET":
        return render_template("ticket_rules/delete.html", found=found)
    try:
        rule_edits.delete(key=key, by=current_user.actor)
        db.session.commit()
        flash(gettext("The rule was deleted."))
    except Refused as error:
        _tell(error)
    return redirect(url_for(".index", customer=found.customer_id), code=303)


@bp.post("/rule/<key>/move")
@guard(Role.ADMIN)
def move(key: str) -> ResponseReturnValue:
    """One place up or down: the list for HTMX, back to the page for a plain form."""
    customer_id = request.form.get("customer") or None
    try:
        key = rule_edits.move(key=key, up=request.form.get("to") == "up", by=current_user.actor)
        db.session.commit()
    except Refused as error:
        _tell(error, quiet=wants_fragment())
    if not wants_fragment():
        return redirect(url_for(".index", customer=customer_id, _anchor="rules-h"), code=303)
    page = rule_pages.page(customer_id)
    place = next((rule.number for rule in page.rules if rule.key == key), None)
    said = gettext("It is rule %(number)s now.", number=place) if place else texts.sentence("rule_gone")
    return announce(render_template("ticket_rules/_rules.html", page=page, trial=rule_trial.trial(customer_id)), said)


@bp.get("/sub-issue-suggestions")
@guard(Role.ADMIN)
def sub_issues() -> ResponseReturnValue:
    """The field of the sub-issue type with those of the chosen issue type only."""
    form = RuleForm(request.args, meta={"csrf": False})
    options = pick_options.sub_issues(form.issue_type.data or "", form.sub_issue_type.data or "")
    return render_template("ticket_rules/_sub_issue.html", form=form, options=options)


@bp.post("/read")
@guard(Role.OPERATOR)
def read() -> ResponseReturnValue:
    """Read the alerts (and, where they are a day old, Autotask's choices) now."""
    customer_id = request.form.get("customer") or None
    try:
        scope = [customer_id] if customer_id else None
        requests.request_run(kind=RunKind.TICKETS, trigger="web", by=current_user.actor, customer_ids=scope)
    except Refused as error:
        _tell(error)
    return redirect(url_for(".index", customer=customer_id), code=303)


@bp.post("/test")
@guard(Role.OPERATOR)
def test() -> ResponseReturnValue:
    """Make a test ticket and complete it; the page of its run shows the steps."""
    try:
        run = requests.request_test_ticket(customer_id=request.form.get("customer", ""), by=current_user.actor)
    except Refused as error:
        _tell(error)
        return redirect(url_for(".index", _anchor="test-h"), code=303)
    return redirect(url_for("runs.show", run_id=run.id), code=303)


def _page(customer_id: str | None) -> str:
    page, trial = rule_pages.page(customer_id), rule_trial.trial(customer_id)
    values = {"customers": rule_pages.with_company(), "progress": run_pages.current()}
    return render_template("ticket_rules/index.html", page=page, trial=trial, **values)


def _form(form: RuleForm, key: str | None, kept: Rule | None = None) -> ResponseReturnValue:
    form.offer(kept)
    customer_id = form.customer.data or None
    customer = rule_pages.customer_named(customer_id) if customer_id else None
    page = render_template("ticket_rules/edit.html", form=form, key=key, customer=customer, page=rule_pages.page(None))
    return page, 422 if form.errors else 200


def _saved(form: RuleForm, text: str) -> ResponseReturnValue:
    db.session.commit()
    flash(text)
    return redirect(url_for(".index", customer=form.customer.data or None), code=303)


def _tell(error: Refused, *, quiet: bool = False) -> None:
    """What was refused, on the next page; nothing is kept."""
    db.session.rollback()
    if not quiet:
        flash(f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}".strip(), "bad")
