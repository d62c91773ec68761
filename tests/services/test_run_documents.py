"""The JSON of a run is a contract: these keys, these types, null where there is nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.builders import add_customer, add_run
from tests.ticket_rows import add_run_ticket, add_ticket
from tests.world import PRODUCT, World
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.services import run_documents, runs

BAKERY, SHIPPING, DENTIST = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG", "Dr. Fröhlich & Kollegen Zahnärzte"
HEAD = [
    ("id", int),
    ("kind", str),
    ("trigger", str),
    ("requested_by", str),
    ("dry_run", bool),
    ("month", str),
    ("closed", bool),
    ("state", str),
    ("error", (dict, type(None))),
    ("started_at", str),
    ("finished_at", str),
    ("resume_at", type(None)),
    ("calls", dict),
]
CUSTOMER = ["customer_id", "customer_name", "state", "held", "deferred", "error"]
LINE = [
    "change_id",
    "contract_id",
    "contract_service_id",
    "service_id",
    "service_name",
    "customer_ids",
    "products",
    "before",
    "target",
    "delta",
    "effective_date",
    "state",
    "code",
    "reason",
]


def document(run: Any) -> dict[str, Any]:
    """As a program reads it."""
    found = json.loads(json.dumps(run_documents.document(run)))
    assert isinstance(found, dict)
    return found


def line_of(found: dict[str, Any], customer_id: str) -> dict[str, Any]:
    (line,) = (line for line in found["lines"] if customer_id in line["customer_ids"])
    assert isinstance(line, dict)
    return line


def test_a_run_says_everything_in_the_agreed_words(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    found = document(world.sync())
    assert list(found) == [name for name, _ in HEAD] + ["customers", "lines"]
    for name, kind in HEAD:
        assert isinstance(found[name], kind), name
    assert (found["kind"], found["state"], found["month"], found["closed"]) == ("usage", "succeeded", "2026-11", False)
    assert (found["started_at"], found["finished_at"]) == ("2026-11-23T11:00:00Z", "2026-11-23T11:00:00Z")
    assert found["error"] is None
    assert set(found["calls"]) == {"sophos", "autotask"}
    books = world.sandbox.state.books
    assert found["calls"]["sophos"] == books.calls("sophos_id") + books.calls("sophos_api")
    assert found["calls"]["autotask"] == books.calls("autotask_zone") + books.calls("autotask")
    (customer,) = found["customers"]
    assert list(customer) == CUSTOMER
    assert customer == {
        "customer_id": world.ids[BAKERY],
        "customer_name": BAKERY,
        "state": "succeeded",
        "held": 0,
        "deferred": 0,
        "error": None,
    }
    (line,) = found["lines"]
    assert list(line) == LINE
    assert line["contract_service_id"] == world.lines[BAKERY, PRODUCT]
    assert (line["customer_ids"], line["products"]) == ([world.ids[BAKERY]], [PRODUCT])
    assert (line["before"], line["target"], line["delta"], line["effective_date"]) == (12, 15, 3, "2026-11-23")
    assert (line["state"], line["code"], line["reason"]) == ("confirmed", None, "15 licences are used, 12 are billed.")
    assert line["change_id"] == world.changes()[0].id


def test_nothing_to_do_has_no_change_and_no_date(world: World) -> None:
    world.customer(BAKERY, units=12, usage=12)
    world.customer(SHIPPING, units=7, usage=5)
    found = document(world.sync())
    for line in found["lines"]:
        assert (line["change_id"], line["effective_date"], line["code"]) == (None, None, None)
    assert {line["state"] for line in found["lines"]} == {"in_step", "lower_so_far"}


def test_a_failed_customer_has_code_message_and_advice(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, status=0)
    found = document(world.sync())
    (customer,) = found["customers"]
    assert customer["state"] == "failed"
    assert customer["error"]["code"] == "contract_inactive"
    assert "not in effect" in customer["error"]["message"]
    assert customer["error"]["advice"]
    (line,) = found["lines"]
    assert (line["state"], line["code"]) == ("blocked", "contract_inactive")
    assert (line["effective_date"], line["change_id"]) == (None, None)


def test_held_and_deferred_are_counted_and_no_failure(world: World) -> None:
    world.customer(BAKERY, units=14, usage=40)
    world.customer(SHIPPING, units=5, usage=6)
    world.customer(DENTIST, units=None, usage=3)
    world.sync()
    world.use(SHIPPING, 8)
    found = document(world.sync())
    counted = {customer["customer_name"]: (customer["held"], customer["deferred"]) for customer in found["customers"]}
    assert counted == {BAKERY: (1, 0), SHIPPING: (0, 1), DENTIST: (1, 0)}
    assert found["state"] == "succeeded"
    new_line = line_of(found, world.ids[DENTIST])
    assert (new_line["contract_service_id"], new_line["before"], new_line["target"], new_line["state"]) == (None, 0, 3, "held")
    assert isinstance(new_line["change_id"], int)
    assert line_of(found, world.ids[SHIPPING])["effective_date"] == "2026-11-24"


def test_a_run_that_could_not_read_says_why_and_has_no_lines(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.hidden_entities.add("ContractServiceUnits")
    found = document(world.sync())
    assert (found["state"], found["customers"], found["lines"]) == ("failed", [], [])
    assert found["error"]["code"] == "units_not_readable"
    assert "23 Nov 2026" in found["error"]["message"]


@pytest.mark.usefixtures("context")
def test_a_run_that_waits_has_no_times() -> None:
    run = runs.open_run(kind=RunKind.USAGE, trigger="web", by="user:dana", scope=["a"])
    db.session.commit()
    found = run_documents.document(run)
    assert (found["state"], found["started_at"], found["finished_at"], found["month"]) == ("queued", None, None, None)
    assert (found["customers"], found["lines"]) == ([], [])


@pytest.mark.usefixtures("context")
def test_a_refresh_has_no_lines() -> None:
    run = runs.open_run(kind=RunKind.REFRESH, trigger="cli", by="cli:test@box")
    db.session.commit()
    assert "lines" not in run_documents.document(run)


def test_where_no_run_could_start_the_document_has_the_same_keys(context: Flask, world: World) -> None:
    world.customer(BAKERY, units=12, usage=12)
    run = run_documents.document(world.sync())
    none = run_documents.not_started(kind="usage", by="cli:a@b", code="run_in_progress", params={}, dry_run=False, month=None)
    assert list(none) == list(run)
    assert (none["id"], none["state"], none["customers"], none["lines"]) == (None, "failed", [], [])
    assert none["error"]["code"] == "run_in_progress"


def test_every_reason_of_a_run_is_a_whole_sentence(world: World) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=None, usage=6, contract=bakery.mapping.contract, usage_sync=False)
    run = world.sync()
    for text in [line["reason"] for line in document(run)["lines"]] + [document(run)["customers"][0]["error"]["message"]]:
        assert "–" not in text
        assert "%" not in text
        assert SHIPPING in text


def test_very_long_names_fit(world: World) -> None:
    long_name = "Ä" * 400
    world.customer(long_name, units=12, usage=15)
    found = document(world.sync())
    assert found["customers"][0]["customer_name"] == long_name
    assert run_documents.summary(world.sync())[0].startswith("Run 2 (usage 2026-11)")


def test_a_ticket_run_names_its_tickets_in_place_of_lines(context: Flask) -> None:
    customer = add_customer()
    ticket = add_ticket(customer=customer)
    run = add_run(kind="tickets", month=None, state="partial")
    add_run_ticket(run=run, customer=customer, ticket_id=ticket.id, alert_ids=["alert-1"])
    refused = {"code": "ticket_refused", "reason_params": {"text": "No.", "field": "queueID"}, "title": "Refused"}
    add_run_ticket(run=run, customer=customer, state="failed", **refused)
    db.session.commit()
    whole = run_documents.document(run)
    assert "lines" not in whole
    made, failed = whole["tickets"]
    assert made == {
        "ticket_id": ticket.autotask_id,
        "number": ticket.number,
        "key": ticket.key,
        "customer_id": customer.id,
        "customer_name": customer.shown_name,
        "alert_ids": ["alert-1"],
        "title": "Sophos: Malware was not cleaned up on LAPTOP-7",
        "action": "create",
        "state": "done",
        "code": None,
        "reason": "A ticket was made for it.",
    }
    assert (failed["ticket_id"], failed["key"], failed["code"]) == (None, None, "ticket_refused")
    assert failed["reason"] == "Autotask refused it: No. (field: queueID)."
    told = run_documents.summary(run)
    assert "  tickets: 1 create done, 1 create failed" in told
    assert told[-1] == f"  {customer.shown_name}, Refused: create failed. Autotask refused it: No. (field: queueID)."


def test_a_ticket_run_that_could_not_start_names_no_tickets(context: Flask) -> None:
    document = run_documents.not_started(kind="tickets", by="cli:x", code="not_connected", params={}, dry_run=False, month=None)
    assert document["tickets"] == []
    assert "lines" not in document
