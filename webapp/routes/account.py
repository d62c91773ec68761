"""What a person sets for themselves: language and appearance."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp import languages
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.guards import guard
from webapp.languages import LANGUAGES
from webapp.own_paths import own_path
from webapp.services import users

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.post("/language")
@guard(Role.VIEWER)
def language() -> ResponseReturnValue:
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise Refused("choice_invalid", "language", value=wanted, allowed=", ".join(LANGUAGES))
    users.set_language(current_user, wanted)
    db.session.commit()
    answer = make_response(redirect(own_path(request.form.get("next")), code=303))
    languages.keep(answer, wanted)
    return answer


@bp.post("/appearance")
@guard(Role.VIEWER)
def appearance() -> ResponseReturnValue:
    users.set_theme(current_user, request.form.get("theme", ""))
    db.session.commit()
    return redirect(own_path(request.form.get("next")), code=303)
