"""Whether Kontor is alive (/healthz) and ready (/readyz). Open to everybody; tells nothing but yes or no."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.extensions import db
from webapp.guards import open_to_all
from webapp.services.readiness import readiness

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    return {"status": "alive"}


@bp.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    answers = readiness()
    db.session.rollback()
    return answers, 200 if all(answers.values()) else 503
