"""Companies that fit what is being typed, for the name field of the customers page."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.domain import Role
from webapp.folding import fold
from webapp.guards import guard
from webapp.services import companies

bp = Blueprint("companies", __name__, url_prefix="/psa/autotask/companies")


@bp.get("/suggestions")
@guard(Role.OPERATOR)
def suggestions() -> ResponseReturnValue:
    """The options of a combobox (static/js/combobox.js), best first."""
    text = request.args.get("q", "")[:200]
    return render_template("customers/_companies.html", companies=companies.suggestions(text), folded=fold(text))
