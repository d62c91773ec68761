"""The Connection page: what is connected, and two forms that check before anything is stored."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.forms.connections import AutotaskForm, SophosForm
from webapp.forms.refusals import show_refusal
from webapp.guards import guard
from webapp.services import connection_checks, connections, requests, ticket_rights

bp = Blueprint("connections", __name__, url_prefix="/settings/connections")
Form = SophosForm | AutotaskForm
_FORMS: dict[str, type[Form]] = {"sophos": SophosForm, "autotask": AutotaskForm}


@bp.get("")
@guard(Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page({name: form(formdata=None) for name, form in _FORMS.items()})


@bp.post("/<system>")
@guard(Role.ADMIN)
def connect(system: str) -> ResponseReturnValue:
    """Checks (ten seconds at most) and stores. What does not fit comes back with the form."""
    if system not in _FORMS:
        raise NotFound("system", system)
    forms = {name: form(formdata=request.form if name == system else None) for name, form in _FORMS.items()}
    refused = _connect(system, forms[system]) if forms[system].validate() else None
    if refused or forms[system].errors:
        return _page(forms, refused={system: refused}), 422
    flash(gettext("%(system)s is connected.", system=connections.SYSTEMS[system]))
    if requests.refresh_once_connected(by=current_user.actor):
        flash(gettext("Customers and contracts are being read; this takes a minute or two."))
    return redirect(url_for("connections.index"), code=303)


def _connect(system: str, form: Form) -> Refused | None:
    credentials = {field.name: field.data for field in form if field.name != "csrf_token"}
    try:
        connection_checks.connect(system=system, credentials=credentials, by=current_user.actor)
    except Refused as error:
        db.session.rollback()
        if error.field:
            show_refusal(form, error)
        return error
    db.session.commit()
    return None


def _page(forms: dict[str, Form], *, refused: dict[str, Refused | None] | None = None) -> str:
    systems = connections.status()
    notes = {each.system: ticket_rights.notes(each.facts) for each in systems}
    return render_template("connections/index.html", forms=forms, systems=systems, notes=notes, refused=refused or {})
