"""Connecting: nothing is stored that does not work, nothing secret is ever shown, and each failure has its own code."""

from __future__ import annotations

import json
import threading
import time

import pytest
from flask import Flask
from sqlalchemy import select

from tests.sandboxed import connect_both
from webapp.clients.http import Counter
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, Connection
from webapp.sandbox.server import Sandbox
from webapp.services import connection_checks, connections
from webapp.texts import advice, sentence
from webapp.vault import Vault

BY = "cli:kontor@box"


def refusal(small_sandbox: Sandbox, system: str, **other: str) -> Refused:
    with pytest.raises(Refused) as error:
        connection_checks.connect(system=system, credentials={**small_sandbox.credentials()[system], **other}, by=BY)
    assert db.session.scalars(select(Connection)).all() == []
    assert sentence(error.value.code, error.value.params)
    assert advice(error.value.code, error.value.params)
    return error.value


def test_both_systems_connect_and_show_nothing_secret(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    sophos, autotask = connections.status()
    assert sophos.connected
    assert autotask.connected
    assert sophos.facts == {"partner_id": small_sandbox.state.sophos.partner_id.lower()}
    assert (autotask.facts["zone"]["name"], autotask.facts["zone"]["database"]) == ("Sandbox", 1)
    assert autotask.facts["username"] == "ap…@sandbox.example"
    entries = db.session.scalars(select(AuditEntry)).all()
    kept = json.dumps([[entry.before, entry.after] for entry in entries])
    kept += "".join(row.credentials + json.dumps(row.facts) for row in db.session.scalars(select(Connection)))
    for credentials in small_sandbox.credentials().values():
        for secret in credentials.values():
            assert secret not in kept
    assert [entry.actor for entry in entries] == [BY, BY]


@pytest.mark.parametrize(
    ("system", "other", "code", "field"),
    [
        ("sophos", {"client_secret": "wrong"}, "credentials_refused", "client_secret"),
        ("sophos", {"client_id": "unknown"}, "credentials_refused", "client_secret"),
        ("sophos", {"client_secret": "a\nb"}, "credentials_refused", "client_secret"),
        ("autotask", {"secret": "wrong"}, "credentials_refused", "secret"),
        ("autotask", {"username": "nobody@sandbox.example"}, "zone_unknown", "username"),
        ("autotask", {"integration_code": "WRONG"}, "integration_code_invalid", "integration_code"),
        ("autotask", {"secret": " "}, "credentials_refused", "secret"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    small_sandbox: Sandbox, context: Flask, system: str, other: dict[str, str], code: str, field: str
) -> None:
    error = refusal(small_sandbox, system, **other)
    assert (error.code, error.field) == (code, field)


def test_a_customers_credentials_are_not_a_partners(small_sandbox: Sandbox, context: Flask) -> None:
    small_sandbox.state.switches.who_id_type = "tenant"
    error = refusal(small_sandbox, "sophos")
    assert (error.code, error.params["kind"]) == ("not_a_partner", "tenant")


@pytest.mark.parametrize("entity", ["Companies", "ContractServices", "ContractServiceUnits"])
def test_an_entity_that_may_not_be_read_is_named(small_sandbox: Sandbox, context: Flask, entity: str) -> None:
    small_sandbox.state.switches.denied_entities = {entity}
    error = refusal(small_sandbox, "autotask")
    assert (error.code, error.params["what"]) == ("permission_missing", entity)


def test_usage_that_may_not_be_read_is_named(small_sandbox: Sandbox, context: Flask) -> None:
    small_sandbox.state.faults.add("status", host="sophos_api", path="billing", status=403, body={"error": "Forbidden"})
    error = refusal(small_sandbox, "sophos")
    assert (error.code, error.params["what"]) == ("permission_missing", "billing usage")


def test_a_month_without_usage_does_not_hinder_connecting(small_sandbox: Sandbox, context: Flask) -> None:
    small_sandbox.state.faults.add("status", host="sophos_api", path="billing", status=404, body={"error": "NotFound"})
    connection_checks.connect(system="sophos", credentials=small_sandbox.credentials()["sophos"], by=BY)


def test_a_wrong_password_is_sent_once_so_that_nobody_is_locked_out(small_sandbox: Sandbox, context: Flask) -> None:
    small_sandbox.state.switches.lockout_after = 2
    refusal(small_sandbox, "autotask", secret="wrong")
    connection_checks.connect(system="autotask", credentials=small_sandbox.credentials()["autotask"], by=BY)


def test_a_host_that_is_not_there_is_unreachable(context: Flask) -> None:
    with pytest.raises(Refused) as error:
        connection_checks.check_sophos("id", "secret")
    assert (error.value.code, error.value.field) == ("unreachable", None)


def test_the_check_ends_in_time_however_slow_the_other_side_is(
    small_sandbox: Sandbox, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_checks, "CHECK_SECONDS", 1.0)
    small_sandbox.state.faults.add("delay", host="sophos_api", seconds=3)
    begun = time.monotonic()
    assert refusal(small_sandbox, "sophos").code == "unreachable"
    assert time.monotonic() - begun < 3


def test_without_connections_nothing_is_opened(context: Flask) -> None:
    for opened in (connections.open_sophos, connections.open_autotask):
        with pytest.raises(Refused, match="not_connected"):
            opened(Counter())


def test_what_is_stored_can_be_used_and_counts_its_calls(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    counter = Counter()
    tenants = [tenant for page in connections.open_sophos(counter).tenants() for tenant in page]
    companies = [company for page in connections.open_autotask(counter).companies() for company in page]
    assert len(tenants) == len(companies) == 6
    assert (counter.calls.sophos, counter.calls.autotask) == (2, 1)  # partner and zone are known


def test_a_call_inside_a_transaction_is_refused(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    context.testing = True
    client = connections.open_sophos(Counter())
    db.session.scalars(select(Connection)).all()
    with pytest.raises(RuntimeError, match="transaction"):
        client.whoami()
    db.session.commit()
    assert client.whoami().id_type == "partner"


def test_a_zone_that_moved_is_stored_from_any_thread(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    row = db.session.get_one(Connection, "autotask")
    right = row.facts["zone"]["url"]
    row.facts = {**row.facts, "zone": {**row.facts["zone"], "url": f"{small_sandbox.state.urls['sophos_api']}/nowhere"}}
    db.session.commit()
    small_sandbox.state.faults.add("unauthorized", host="sophos_api", path="nowhere")
    client = connections.open_autotask(Counter())
    thread = threading.Thread(target=client.threshold)
    thread.start()
    thread.join(20)
    assert db.session.get_one(Connection, "autotask").facts["zone"]["url"] == right


def test_a_lost_key_is_said_and_not_a_crash(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    row = db.session.get_one(Connection, "sophos")
    row.credentials = Vault(["v3oFqXoB6a5VZ3m2zF0Q2wYb8qv8n2o1m1m0s6q3b1E="]).seal({"client_id": "x"})
    db.session.commit()
    with pytest.raises(Refused, match="credentials_unreadable"):
        connections.open_sophos(Counter())


def test_the_stored_connections_can_be_checked_again(small_sandbox: Sandbox, context: Flask) -> None:
    assert [result.code for result in connection_checks.check_stored()] == ["not_connected", "not_connected"]
    connect_both(small_sandbox)
    sophos, autotask = connection_checks.check_stored()
    assert (sophos.code, autotask.code) == (None, None)
    assert autotask.limits["limit"] == 10_000
    small_sandbox.state.switches.account_locked = True
    assert [result.code for result in connection_checks.check_stored()] == [None, "credentials_refused"]
