"""Who may open what. Every endpoint says it by a decorator; one that says nothing is refused, and a test reads the list.

``@guard(Role.OPERATOR)`` stands directly above the view function, below the route. A GET is answered in a read-only transaction:
whatever tries to write there fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from webapp.domain import Role
from webapp.extensions import db, login_manager
from webapp.own_paths import own_path
from webapp.services import users

View = TypeVar("View", bound=Callable[..., Any])
OPEN = "everybody"
_READING = ("GET", "HEAD", "OPTIONS")


class WriteWhileReading(RuntimeError):
    """A GET tried to write."""


def guard(role: Role) -> Callable[[View], View]:
    """Only people who are signed in with ``role`` or a higher one."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Also for people who are not signed in."""
    view.required_role = OPEN  # type: ignore[attr-defined]
    return view


def required_role(app: Flask, endpoint: str) -> str | None:
    """What an endpoint asks for: a role, ``everybody``, or None where it says nothing."""
    if endpoint == "static":
        return OPEN
    needed: str | None = getattr(app.view_functions[endpoint], "required_role", None)
    return needed


def init_guards(app: Flask) -> None:
    login_manager.user_loader(users.of_session)
    login_manager.unauthorized_handler(ask_to_sign_in)
    app.before_request(_enforce)
    event.listen(db.session, "before_flush", _no_flush_while_reading)
    event.listen(db.session, "do_orm_execute", _no_statement_while_reading)


def ask_to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back. HTMX gets an order to go there: the page must not land inside a table."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": url_for("auth.login", next=_page_of_the_fragment())})
    wanted = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("auth.login", next=wanted), code=303)


def _page_of_the_fragment() -> str | None:
    """The path of the page that HTMX asked from, None where it does not say or is the first page."""
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return None
    path = own_path(urlunsplit(("", "", parts.path, parts.query, "")))
    return None if path == "/" else path


def _enforce() -> ResponseReturnValue | None:
    needed = required_role(current_app, request.endpoint) if request.endpoint else None
    if needed is None and request.endpoint:
        raise RuntimeError(f"the endpoint {request.endpoint} declares no guard")
    if needed == OPEN:
        return None  # /readyz talks to the queue: no transaction is opened for it here
    if request.method in _READING:
        db.session.connection(execution_options={"read_only": True, "postgresql_readonly": True})
    if needed is None:
        return None  # no such address: 404
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    if not current_user.may(Role(needed)):
        abort(403)
    return None


def _reading() -> bool:
    return bool(request) and request.method in _READING


def _no_flush_while_reading(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    if _reading() and (session.new or session.dirty or session.deleted):
        raise WriteWhileReading(f"{request.method} {request.path}: {[*session.new, *session.dirty, *session.deleted]}")


def _no_statement_while_reading(state: ORMExecuteState) -> None:
    if _reading() and (state.is_insert or state.is_update or state.is_delete):
        raise WriteWhileReading(f"{request.method} {request.path}")
