"""The Connection page: the check answers at the form, and nothing secret ever comes back."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import builders
from webapp.domain import Role
from webapp.extensions import db
from webapp.models import AuditEntry, Connection
from webapp.sandbox.server import Sandbox

PAGE = "/settings/connections"


def sign_in(app: Flask, role: Role) -> FlaskClient:
    with app.app_context():
        user = builders.add_user(name="dana", role=role)
        db.session.commit()
        session_id = user.get_id()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_id
        session["_fresh"] = True
    return client


@pytest.fixture
def admin(small_sandbox: Sandbox, app: Flask) -> FlaskClient:
    return sign_in(app, Role.ADMIN)


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Connection.system).order_by(Connection.system)))


def test_both_systems_connect_on_the_page(admin: FlaskClient, app: Flask, small_sandbox: Sandbox) -> None:
    assert unescape(admin.get(PAGE).text).count("Not connected") == 2
    for system, credentials in small_sandbox.credentials().items():
        answer = admin.post(f"{PAGE}/{system}", data=credentials)
        assert (answer.status_code, answer.location) == (303, PAGE)
    page = unescape(admin.get(PAGE).text)
    assert "Not connected" not in page
    assert "Autotask is connected." in page
    assert "ap…@sandbox.example" in page
    assert page.count("Stored, not shown.") == 3
    for credentials in small_sandbox.credentials().values():
        for value in credentials.values():
            assert value not in page
    assert stored(app) == ["autotask", "sophos"]
    with app.app_context():
        assert set(db.session.scalars(select(AuditEntry.actor))) == {"user:dana"}


@pytest.mark.parametrize(
    ("system", "other", "code", "field"),
    [
        ("sophos", {"client_secret": "wrong-secret"}, "credentials_refused", "sophos-client-secret"),
        ("autotask", {"username": "nobody@sandbox.example"}, "zone_unknown", "autotask-username"),
        ("autotask", {"integration_code": "WRONG"}, "integration_code_invalid", "autotask-integration-code"),
        ("autotask", {"secret": "wrong-secret"}, "credentials_refused", "autotask-secret"),
    ],
)
def test_what_is_wrong_stands_at_its_field_with_cause_and_advice(
    admin: FlaskClient, app: Flask, small_sandbox: Sandbox, system: str, other: dict[str, str], code: str, field: str
) -> None:
    answer = admin.post(f"{PAGE}/{system}", data={**small_sandbox.credentials()[system], **other})
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert f'<span class="meta">{code}</span>' in page
    assert "wrong-secret" not in page
    assert stored(app) == []


def test_an_empty_form_is_refused_field_by_field(admin: FlaskClient, app: Flask) -> None:
    answer = admin.post(f"{PAGE}/autotask", data={"username": "api@sandbox.example"})
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert 'id="autotask-secret-error"' in page
    assert 'id="autotask-integration-code-error"' in page
    assert 'value="api@sandbox.example"' in page
    assert "sophos-client-secret-error" not in page


def test_another_system_does_not_exist(admin: FlaskClient) -> None:
    assert admin.post(f"{PAGE}/elsewhere", data={}).status_code == 404


def test_a_foreign_text_is_shown_as_text(admin: FlaskClient) -> None:
    answer = admin.post(f"{PAGE}/autotask", data={"username": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_an_admin_sees_and_changes_connections(app: Flask, role: Role) -> None:
    client = sign_in(app, role)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/sophos", data={}).status_code == 403


def test_the_page_speaks_of_a_host_that_is_not_there(app: Flask) -> None:
    answer = sign_in(app, Role.ADMIN).post(f"{PAGE}/sophos", data={"client_id": "id", "client_secret": "secret"})
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "Sophos could not be reached: no connection." in page
    assert "Check the network" in page


def test_the_page_says_what_the_ticket_sync_may_do(admin: FlaskClient, small_sandbox: Sandbox) -> None:
    credentials = small_sandbox.credentials()["autotask"]
    admin.post(f"{PAGE}/autotask", data=credentials)
    assert "Every permission that the ticket sync needs is there." in unescape(admin.get(PAGE).text)
    small_sandbox.state.switches.denied_entities = {"TicketNotes"}
    assert admin.post(f"{PAGE}/autotask", data=credentials).status_code == 303
    page = unescape(admin.get(PAGE).text)
    assert "Notes of tickets may not be read in Autotask" in page
    assert "Give the security level of the API user the right to view the notes of all tickets." in page
