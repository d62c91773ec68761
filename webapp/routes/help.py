"""Autotask troubleshooting: every code with what happened and what to do."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.domain import Role
from webapp.guards import guard
from webapp.services.troubleshooting import chapters

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/troubleshooting")
@guard(Role.VIEWER)
def troubleshooting() -> ResponseReturnValue:
    return render_template("help/troubleshooting.html", chapters=chapters())
