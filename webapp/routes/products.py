"""The Products page: which Autotask service each Sophos product is billed as, and by which rule."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from webapp.context import today
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.folding import fold
from webapp.forms.products import ProductForm, ProductState
from webapp.guards import guard
from webapp.htmx import announce, fragment_or_redirect, wants_fragment
from webapp.services import catalogue, csv_files, left_behind, product_files, products
from webapp.services.products import ProductRow

bp = Blueprint("products", __name__, url_prefix="/psa/autotask/products")


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    return _page({request.args.get("edit", ""): ProductState(editing=True)})


@bp.get("/services")
@guard(Role.OPERATOR)
def services() -> ResponseReturnValue:
    """The options of the service field (static/js/combobox.js), best first."""
    text = request.args.get("q", "")[:200]
    return render_template("products/_services.html", services=catalogue.suggestions(text), folded=fold(text))


@bp.get("/export")
@guard(Role.VIEWER)
def export() -> ResponseReturnValue:
    """All product mappings as a file for a spreadsheet: UTF-8 with the byte order mark that Excel wants."""
    response = make_response(csv_files.BYTE_ORDER_MARK + product_files.export())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="kontor-products-{today().isoformat()}.csv"'
    return response


@bp.route("/import", methods=["GET", "POST"])
@guard(Role.OPERATOR)
def import_file() -> ResponseReturnValue:
    """Read a file; its errors stand in the page by line, and then nothing is changed."""
    if request.method == "GET":
        return render_template("products/import.html", report=None)
    file, dry_run = request.files.get("file"), request.form.get("dry_run") == "1"
    report = product_files.import_products(data=file.read() if file else b"", by=current_user.actor, dry_run=dry_run)
    if report.errors or dry_run:
        db.session.rollback()
        return render_template("products/import.html", report=report), 422 if report.errors else 200
    db.session.commit()
    flash(ngettext("%(num)d row changed.", "%(num)d rows changed.", report.changed))
    return redirect(url_for(".index"), code=303)


@bp.get("/rule/<path:product_code>")
@guard(Role.VIEWER)
def show(product_code: str) -> ResponseReturnValue:
    """The row alone, for editing with ``edit=1`` or without."""
    editing = request.args.get("edit") == "1"
    row = products.row(product_code)
    to = url_for(".index", edit=product_code if editing else None, _anchor=row.key)
    return fragment_or_redirect("products/_product.html", to=to, product=row, state=ProductState(editing=editing))


@bp.post("/rule/<path:product_code>")
@guard(Role.OPERATOR)
def save(product_code: str) -> ResponseReturnValue:
    form = ProductForm()
    try:
        values = form.values()
        left_behind.saved(
            lambda: products.set_mapping(product_code=product_code, by=current_user.actor, **values),
            field="service",
            accepted=form.leave.data == "1",
        )
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _refused(product_code, refusal)
    row = products.row(product_code)
    if not wants_fragment():
        flash(_saved(row))
    to = url_for(".index", _anchor=row.key)
    return announce(fragment_or_redirect("products/_product.html", to=to, product=row, state=ProductState()), _saved(row))


def _page(states: dict[str, ProductState], status: int = 200) -> ResponseReturnValue:
    listed = products.listed()
    unmapped = sum(1 for product in listed if product.service_id is None)
    values: dict[str, Any] = {"products": listed, "states": states, "unmapped": unmapped, "nothing": ProductState()}
    return render_template("products/index.html", **values), status


def _refused(product_code: str, refusal: Refused) -> ResponseReturnValue:
    """The row with the refusal at its field, or the whole page for a plain form."""
    field = {"service_id": "service"}.get(refusal.field or "", refusal.field)
    shown = Refused(refusal.code, field, **refusal.params)
    state = ProductState(editing=True, refused=shown, entered=request.form.to_dict())
    if wants_fragment():
        return render_template("products/_product.html", product=products.row(product_code), state=state), 422
    return _page({product_code: state}, status=422)


def _saved(row: ProductRow) -> str:
    if row.service_id is None:
        return gettext("Saved. %(product)s is not mapped to a service.", product=row.description)
    return gettext("Saved. %(product)s is billed as %(service)s.", product=row.description, service=row.service_name)
