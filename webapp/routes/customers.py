"""The customers page (design, sections 3 and 9): the list, and one small form for each cell of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_login import current_user

from webapp.context import today
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.customers import (
    CompanyForm,
    ContractForm,
    OpenAlertsForm,
    RowForm,
    RowState,
    RowStates,
    SwitchForm,
    chosen_customers,
    filter_of,
    number_in,
)
from webapp.guards import guard
from webapp.htmx import announce, fragment_or_redirect, wants_fragment
from webapp.services import (
    bulk_edits,
    csv_files,
    customer_page,
    customer_words,
    customers,
    left_behind,
    mapping_files,
    mappings,
    open_alerts,
    run_pages,
)
from webapp.services.customer_filter import CustomerFilter
from webapp.services.customer_rows import CustomerRow

bp = Blueprint("customers", __name__, url_prefix="/psa/autotask/customers")
SWITCHES = {"usage-sync": "usage_sync", "ticket-sync": "ticket_sync"}


@bp.app_template_filter("country")
def country(code: str) -> str:
    """The name of a country by its code, in the reader's language; the code where it is none."""
    locale = get_locale()
    return str(locale.territories.get(code.upper(), code)) if locale else code


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    wanted = CustomerFilter.parse(request.args.to_dict(flat=False))
    if wants_fragment():
        return _list(wanted, template="customers/_results.html", oob=True)
    editing = {request.args.get("edit", ""): RowState(editing=True)}
    return _list(wanted, states=RowStates(editing))


@bp.get("/<customer_id>")
@guard(Role.VIEWER)
def show(customer_id: str) -> ResponseReturnValue:
    """The customer's page; for HTMX its row of the list, for editing with ``edit=1`` or without."""
    wanted = CustomerFilter.parse(request.args.to_dict(flat=False))
    editing = request.args.get("edit") == "1"
    if wants_fragment():
        return render_template("customers/_customer.html", **_row(customer_id, wanted, RowState(editing=editing)))
    if editing:
        return redirect(url_for(".index", **wanted.here(edit=customer_id), _anchor=f"customer-{customer_id}"), code=303)
    return _shown(customer_id)


@bp.post("/<customer_id>/company")
@guard(Role.OPERATOR)
def company(customer_id: str) -> ResponseReturnValue:
    form = CompanyForm()

    def save(by: str) -> object:
        return mappings.set_company(customer_id=customer_id, name=form.company.data or "", company_id=form.chosen, by=by)

    return _save(customer_id, form, save, customer_words.company_saved, field="company", entered=form.company.data or "")


@bp.post("/<customer_id>/contract")
@guard(Role.OPERATOR)
def contract(customer_id: str) -> ResponseReturnValue:
    form = ContractForm()

    def save(by: str) -> object:
        chosen = number_in(form.contract.data, "contract")
        return mappings.set_contract(customer_id=customer_id, contract_id=chosen, by=by)

    return _save(customer_id, form, save, customer_words.contract_saved, field="contract", entered=form.contract.data or "")


@bp.post("/<customer_id>/usage-sync")
@guard(Role.OPERATOR)
def usage_sync(customer_id: str) -> ResponseReturnValue:
    form = SwitchForm()

    def save(by: str) -> object:
        return mappings.set_usage_sync(customer_id=customer_id, enabled=form.wanted("usage_sync"), by=by)

    return _save(customer_id, form, save, customer_words.usage_sync_saved)


@bp.post("/<customer_id>/ticket-sync")
@guard(Role.OPERATOR)
def ticket_sync(customer_id: str) -> ResponseReturnValue:
    form = SwitchForm()

    def save(by: str) -> object:
        return mappings.set_ticket_sync(customer_id=customer_id, enabled=form.wanted("ticket_sync"), by=by)

    return _save(customer_id, form, save, customer_words.ticket_sync_saved)


@bp.post("/<customer_id>/open-alerts")
@guard(Role.OPERATOR)
def choose_open_alerts(customer_id: str) -> ResponseReturnValue:
    """Until the first reading: whether alerts that are open already get tickets too. From the customer's page."""
    try:
        open_alerts.choose(customer_id=customer_id, tickets=OpenAlertsForm().tickets, by=current_user.actor)
    except Refused as refusal:
        db.session.rollback()
        return _shown(customer_id, refused=refusal), 422
    db.session.commit()
    flash(customer_words.open_alerts_saved(customers.row(customer_id)))
    return redirect(url_for(".show", customer_id=customer_id, _anchor="tickets-h"), code=303)


@bp.post("/bulk/<any('usage-sync', 'ticket-sync'):switch>")
@guard(Role.OPERATOR)
def bulk(switch: str) -> ResponseReturnValue:
    """What switching on and what switching off would do, before anything is changed."""
    chosen = _chosen()
    previews = [bulk_edits.preview(switch=SWITCHES[switch], enabled=on, customer_ids=chosen) for on in (True, False)]
    ticked = [] if request.form.get("all") == "1" else request.form.getlist("customer")
    values = {"switch": switch, "previews": previews, "number": len(chosen), "ticked": ticked}
    return render_template("customers/bulk.html", query=request.form.get("filter", ""), **values)


@bp.post("/bulk/<any('usage-sync', 'ticket-sync'):switch>/apply")
@guard(Role.OPERATOR)
def apply_bulk(switch: str) -> ResponseReturnValue:
    enabled, tickets = SwitchForm().wanted(SWITCHES[switch]), OpenAlertsForm().tickets
    by = current_user.actor
    done = bulk_edits.apply(switch=SWITCHES[switch], enabled=enabled, customer_ids=_chosen(), by=by, also_open=tickets)
    db.session.commit()
    flash(customer_words.bulk_saved(done))
    return redirect(url_for(".index", **filter_of(request.form.get("filter", "")).here()), code=303)


@bp.post("/export")
@guard(Role.VIEWER)
def export() -> ResponseReturnValue:
    """The mappings as a file for a spreadsheet: UTF-8 with the byte order mark that Excel wants."""
    response = make_response(csv_files.BYTE_ORDER_MARK + mapping_files.export(chosen_customers()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="kontor-mappings-{today().isoformat()}.csv"'
    return response


@bp.route("/import", methods=["GET", "POST"])
@guard(Role.OPERATOR)
def import_file() -> ResponseReturnValue:
    """Read a file; its errors stand in the page by line, and then nothing is changed."""
    if request.method == "GET":
        return render_template("customers/import.html", report=None)
    file, dry_run = request.files.get("file"), request.form.get("dry_run") == "1"
    report = mapping_files.import_mappings(data=file.read() if file else b"", by=current_user.actor, dry_run=dry_run)
    if report.errors or dry_run:
        db.session.rollback()
        return render_template("customers/import.html", report=report), 422 if report.errors else 200
    db.session.commit()
    flash(ngettext("%(num)d row changed.", "%(num)d rows changed.", report.changed))
    return redirect(url_for(".index"), code=303)


def _shown(customer_id: str, refused: Refused | None = None) -> str:
    found, progress = customer_page.one(customer_id), run_pages.current()
    return render_template("customers/page.html", found=found, progress=progress, refused=refused)


def _chosen() -> list[str]:
    chosen = chosen_customers()
    return customers.ids(CustomerFilter()) if chosen is None else chosen


def _list(
    wanted: CustomerFilter,
    *,
    states: RowStates | None = None,
    template: str = "customers/index.html",
    status: int = 200,
    oob: bool = False,
) -> ResponseReturnValue:
    page = customers.page(wanted)
    everything = request.args.get("select") == "all"
    values = {"page": page, "filter": page.filter, "states": states or RowStates(), "everything": everything, "oob": oob}
    if not oob:
        values["progress"] = run_pages.current()
    return render_template(template, query=urlencode(page.filter.here(), doseq=True), **values), status


def _row(customer_id: str, wanted: CustomerFilter, state: RowState) -> dict[str, Any]:
    row = customers.row(customer_id)
    return {"row": row, "state": state, "filter": wanted, "query": urlencode(wanted.here(), doseq=True), "everything": False}


def _save(
    customer_id: str,
    form: RowForm,
    save: Callable[[str], object],
    said: Callable[[CustomerRow], str],
    field: str = "",
    entered: str = "",
) -> ResponseReturnValue:
    """Save and show the row, or the whole page for a plain form; a refusal stands at its field, with 422, and nothing is kept.
    ``field``: saving it may leave lines behind, which are shown first."""
    wanted = form.page
    try:
        accepted = not field or form.leave.data == "1"
        left_behind.saved(lambda: save(current_user.actor), field=field, accepted=accepted)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        state = RowState(refusal.field == "company", refusal, entered, form.chosen if isinstance(form, CompanyForm) else None)
        if wants_fragment():
            return render_template("customers/_customer.html", **_row(customer_id, wanted, state)), 422
        return _list(wanted, states=RowStates({customer_id: state}), status=422)
    values = _row(customer_id, wanted, RowState())
    to = url_for(".index", **wanted.here(), _anchor=f"customer-{customer_id}")
    return _said(fragment_or_redirect("customers/_customer.html", to=to, **values), said(values["row"]))


def _said(response: ResponseReturnValue, text: str) -> Response:
    """Announced for HTMX, noted at the top of the page for a plain form."""
    if not wants_fragment():
        flash(text)
    return announce(response, text)
