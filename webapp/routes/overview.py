"""The first page: the customers once Kontor is started, the guide before."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.domain import Mode, Role
from webapp.guards import guard
from webapp.services import preferences

bp = Blueprint("overview", __name__)


@bp.get("/")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    started = preferences.get("mode") != Mode.OBSERVE and "customers.index" in current_app.view_functions
    return redirect(url_for("customers.index" if started else "integration.index"))
