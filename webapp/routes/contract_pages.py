"""The page of a contract: what it is, its lines over the months and every change ever."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.domain import Role
from webapp.guards import guard
from webapp.services import contract_decisions, contract_page
from webapp.services.run_filter import page_in

bp = Blueprint("contract_pages", __name__, url_prefix="/psa/autotask/contracts")


@bp.get("/<int:contract_id>")
@guard(Role.VIEWER)
def show(contract_id: int) -> ResponseReturnValue:
    found = contract_page.one(contract_id, page=page_in(request.args.to_dict(flat=False)))
    return render_template("contracts/page.html", found=found, decisions=contract_decisions.of(contract_id))
