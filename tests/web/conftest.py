"""Pages as people in their roles fetch them. Vera may look, Oskar may map and sync, Ada may do everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.lint import lint_fragment, lint_page
from webapp.context import now
from webapp.domain import Role
from webapp.extensions import db
from webapp.models import User

PEOPLE = {Role.VIEWER: "Vera", Role.OPERATOR: "Oskar", Role.ADMIN: "Ada"}
HTMX = {"HX-Request": "true"}


class Pages:
    """A browser of one person. Every HTML answer is checked (tests/web/lint.py), pages and fragments alike."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, *, status: int = 200, htmx: bool = False, language: str | None = None) -> str:
        """The text of what a GET answers, which must have ``status``."""
        headers = HTMX if htmx else {}
        if language:
            headers = {**headers, "Accept-Language": language}
        return self._checked(self.client.get(path, headers=headers), status, htmx)

    def post(self, path: str, data: Mapping[str, Any] | None = None, *, status: int = 303, htmx: bool = False) -> TestResponse:
        """The answer to a form; with ``htmx`` as the page's own partial request."""
        response = self.client.post(path, data=dict(data or {}), headers=HTMX if htmx else {})
        self._checked(response, status, htmx)
        return response

    def _checked(self, response: TestResponse, status: int, htmx: bool) -> str:
        text = response.get_data(as_text=True)
        assert response.status_code == status, f"{response.status} {response.location or ''} {text[-2000:]}"
        if response.mimetype == "text/html" and text and not 300 <= status < 400:
            (lint_fragment if htmx else lint_page)(text)
        return text


@pytest.fixture
def people(app: Flask) -> dict[Role, User]:
    """The users, without a usable password: tests of the sign-in make their own."""
    with app.app_context():
        for role, name in PEOPLE.items():
            db.session.add(User(name=name, password_hash="none", role=role, session_version=1, created_at=now()))
        db.session.commit()
        return {Role(user.role): user for user in db.session.query(User)}


@pytest.fixture
def pages_as(app: Flask, people: dict[Role, User]) -> Callable[[Role], Pages]:
    """``pages_as(Role.VIEWER)``: the browser of a person with this role, signed in."""

    def sign_in(role: Role) -> Pages:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = people[role].get_id(), True
        return Pages(client)

    return sign_in


@pytest.fixture
def viewer(pages_as: Callable[[Role], Pages]) -> Pages:
    return pages_as(Role.VIEWER)


@pytest.fixture
def operator(pages_as: Callable[[Role], Pages]) -> Pages:
    return pages_as(Role.OPERATOR)


@pytest.fixture
def admin(pages_as: Callable[[Role], Pages]) -> Pages:
    return pages_as(Role.ADMIN)


@pytest.fixture
def stranger(app: Flask) -> Pages:
    """Somebody who is not signed in."""
    return Pages(app.test_client())
