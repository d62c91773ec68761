"""Fragments for HTMX and plain answers for plain forms, from one route. The only place that uses htmx-flask."""

from __future__ import annotations

import json

from flask import Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.extensions import htmx


def init_htmx(app: Flask) -> None:
    htmx.init_app(app)
    app.after_request(_vary)


def _vary(response: Response) -> Response:
    """A cache or the back button must not show a fragment as a page."""
    response.vary.add("HX-Request")
    return response


def wants_fragment() -> bool:
    """Whether HTMX asked, and not as a whole-page visit (boost, history restore)."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and not (request.headers.get("HX-Boosted") or request.headers.get("HX-History-Restore-Request"))


def fragment_or_redirect(template: str, *, to: str, status: int = 200, **values: object) -> ResponseReturnValue:
    """The partial for HTMX; 303 to ``to`` for a plain form."""
    if wants_fragment():
        return render_template(template, **values), status
    return redirect(to, code=303)


def announce(response: ResponseReturnValue, text: str, *, event: str | None = None) -> Response:
    """The response, with ``text`` for the live region and the message at the edge (event kontor:announce). ``event`` is one
    more that other parts of the page wait for.
    """
    made = make_response(response)
    made.headers["HX-Trigger"] = json.dumps({"kontor:announce": text} | ({event: True} if event else {}))
    return made
