"""Findings: what a person should look at."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.domain import Role
from webapp.guards import guard
from webapp.services import finding_list

bp = Blueprint("findings", __name__, url_prefix="/findings")


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    page = finding_list.page(request.args.get("page", 1, type=int))
    return render_template("findings/index.html", findings=page)
