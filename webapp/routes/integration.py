"""PSA Integration: the Autotask Integration Guide, which knows what is done."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.domain import Role
from webapp.guards import guard
from webapp.services.guide import guide

bp = Blueprint("integration", __name__, url_prefix="/psa")


@bp.get("")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    return render_template("integration/index.html", guide=guide())
