"""Whether Kontor is alive (/healthz) and ready (/readyz). Open to everybody; tells nothing but yes or no."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "alive"}
