"""The first page: the customers once Kontor is started, the guide before. And what waits for when."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.domain import Mode, Role
from webapp.guards import guard
from webapp.services import preferences, waiting

bp = Blueprint("overview", __name__)


@bp.get("/")
@guard(Role.VIEWER)
def index() -> ResponseReturnValue:
    started = preferences.get("mode") != Mode.OBSERVE and "customers.index" in current_app.view_functions
    return redirect(url_for("customers.index" if started else "integration.index"))


@bp.get("/overview")
@guard(Role.VIEWER)
def waits() -> ResponseReturnValue:
    return render_template("overview/waiting.html", found=waiting.waiting())
