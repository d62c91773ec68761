"""The pages for what goes wrong: what happened, what to do, one button. HTMX gets the same as a fragment."""

from __future__ import annotations

import json

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from jinja2.filters import do_striptags
from werkzeug.exceptions import HTTPException

from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.guards import ask_to_sign_in
from webapp.htmx import wants_fragment
from webapp.languages import of_browser

PAGES = (400, 403, 404, 413, 422, 429, 500)
log = structlog.get_logger()


def init_error_pages(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Refused, _refused)


def _page(status: int, *, layout: str = "errors/_page.html", **values: object) -> ResponseReturnValue:
    """The error as a page; for HTMX as a fragment that replaces nothing and is announced (static/js/messages.js)."""
    template = f"errors/{status if status in PAGES else 400}.html"
    if not wants_fragment():
        return render_template(template, layout=layout, **values), status
    fragment = render_template(template, layout="errors/_fragment.html", **values)
    said = " ".join(do_striptags(fragment).split())
    return fragment, status, {"HX-Reswap": "none", "HX-Trigger": json.dumps({"kontor:refused": said})}


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect
    if error.code >= 500:
        return _own_mistake(error)
    return _page(error.code)


def _form_too_old(_error: CSRFError) -> ResponseReturnValue:
    """A form without a valid token: mostly one that was open while the person was signed out."""
    return _page(400) if current_user.is_authenticated else ask_to_sign_in()


def _not_found(_error: NotFound) -> ResponseReturnValue:
    db.session.rollback()
    return _page(404)


def _refused(error: Refused) -> ResponseReturnValue:
    """A refusal that the page itself has no place for."""
    db.session.rollback()
    return _page(422, error=error)


def _own_mistake(error: HTTPException) -> ResponseReturnValue:
    """The database may be the cause: this page asks it nothing, neither for the person nor for the language, which is the one
    that was chosen for this request before, else the cookie's, else the browser's."""
    cause = getattr(error, "original_exception", None) or error
    log.error("request_failed", path=request.path, method=request.method, exc_info=cause)
    db.session.remove()
    g.language = g.get("language") or of_browser()
    return _page(500, layout="errors/_bare.html")
