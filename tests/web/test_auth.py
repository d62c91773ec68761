"""Signing in and out, the first user, and what a session is good for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import Pages
from webapp.domain import Role
from webapp.extensions import db
from webapp.models import User
from webapp.services import users

PASSWORD = "correct horse battery"


@pytest.fixture
def vera(app: Flask) -> None:
    with app.app_context():
        users.add(name="Vera", password=PASSWORD, role=Role.VIEWER, by="test")
        db.session.commit()


def _sign_in(pages: Pages, *, password: str = PASSWORD, status: int = 303, name: str = "Vera", **more: str) -> str:
    answer = pages.post("/login", {"name": name, "password": password, **more}, status=status)
    return answer.location if status == 303 else answer.get_data(as_text=True)


@pytest.mark.usefixtures("vera")
def test_a_user_signs_in_and_comes_to_where_they_wanted_to_go(stranger: Pages) -> None:
    asked = stranger.client.get("/findings?page=1")
    assert asked.location == "/login?next=/findings?page%3D1"
    assert 'value="/findings?page=1"' in stranger.get(asked.location)
    assert _sign_in(stranger, next="/findings?page=1") == "/findings?page=1"
    stranger.get("/findings")


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example"])
def test_the_sign_in_sends_nobody_to_another_site(stranger: Pages, target: str) -> None:
    assert _sign_in(stranger, next=target) == "/"


@pytest.mark.usefixtures("vera")
@pytest.mark.parametrize(("name", "password"), [("Vera", "wrong password"), ("Nobody", PASSWORD), ("vera", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(stranger: Pages, name: str, password: str) -> None:
    page = _sign_in(stranger, name=name, password=password, status=422)
    assert "User name or password is wrong." in page
    assert password not in page
    assert stranger.client.get("/psa").status_code == 303


@pytest.mark.usefixtures("vera")
def test_after_five_failures_an_account_waits_fifteen_minutes(stranger: Pages, set_clock: Callable[[str], int]) -> None:
    for _ in range(5):
        _sign_in(stranger, password="wrong password", status=422)
    assert "Wait 15 minutes" in _sign_in(stranger, status=422)
    set_clock("2026-11-23T11:16:00+00:00")
    assert _sign_in(stranger) == "/"


def test_an_empty_form_says_what_is_missing_at_the_fields(stranger: Pages) -> None:
    page = stranger.post("/login", {}, status=422).get_data(as_text=True)
    assert "Enter your user name." in page
    assert "Enter your password." in page


@pytest.mark.usefixtures("vera")
def test_what_was_in_the_session_before_the_sign_in_does_not_go_on(stranger: Pages) -> None:
    with stranger.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    _sign_in(stranger)
    with stranger.client.session_transaction() as session:
        assert "planted" not in session


@pytest.mark.usefixtures("vera")
def test_signing_out_ends_the_session(stranger: Pages) -> None:
    _sign_in(stranger)
    assert stranger.post("/logout").location == "/login"
    assert stranger.client.get("/psa").status_code == 303


@pytest.mark.usefixtures("vera")
def test_a_new_password_signs_the_user_out_everywhere(app: Flask, stranger: Pages) -> None:
    _sign_in(stranger)
    with app.app_context():
        users.reset(name="Vera", password="another long password", role=Role.VIEWER, by="test")
        db.session.commit()
    assert stranger.client.get("/psa").status_code == 303
    _sign_in(stranger, status=422)
    _sign_in(stranger, password="another long password")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_sign_in_page_speaks_the_chosen_language_and_remembers_it(stranger: Pages, language: str) -> None:
    stranger.get(f"/login?lang={language}")
    assert f'<html lang="{language}"' in stranger.get("/login")


def test_a_post_without_its_token_is_refused(app: Flask, vera: None) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client: FlaskClient = app.test_client()
    form = {"name": "Vera", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 303  # back to the sign-in, with a new token
    assert client.get("/psa").status_code == 303
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").get_data(as_text=True))
    assert token is not None
    assert client.post("/login", data={**form, "csrf_token": token[1]}).location == "/"
    assert client.post("/account/appearance", data={"theme": "dark"}).status_code == 400


@pytest.fixture
def link(app: Flask) -> str:
    with app.app_context():
        token = users.make_setup_link()
        db.session.commit()
    return f"/setup/{token}"


def test_the_link_of_the_first_start_makes_an_administrator_once(app: Flask, stranger: Pages, link: str) -> None:
    form = {"name": "Ada", "password": PASSWORD, "again": PASSWORD}
    stranger.get(link)
    assert stranger.post(link, form).location == "/"
    assert "Ada" in stranger.get("/psa")
    with app.app_context():
        assert db.session.query(User).one().role == "admin"
    stranger.get(link, status=404)
    stranger.post(link, {**form, "name": "Eve"}, status=404)


def test_the_link_is_good_for_a_day(stranger: Pages, link: str, set_clock: Callable[[str], int]) -> None:
    set_clock("2026-11-24T11:00:01+00:00")
    stranger.get(link, status=404)


@pytest.mark.parametrize(
    ("password", "again", "message"),
    [("short", "short", "10 characters or more"), (PASSWORD, "something else", "not the same"), ("", "", "Enter a password")],
)
def test_the_first_user_needs_a_password_that_holds(stranger: Pages, link: str, password: str, again: str, message: str) -> None:
    page = stranger.post(link, {"name": "Ada", "password": password, "again": again}, status=422).get_data(as_text=True)
    assert message in page
    stranger.get(link)


def test_a_link_that_was_never_made_is_not_there(stranger: Pages) -> None:
    stranger.get("/setup/guess", status=404)
