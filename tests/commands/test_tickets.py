"""``kontor tickets``: one document on stdout, and an exit status that a script can go by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.commands.conftest import Run, read
from tests.desk import BAKERY, SHIPPING, Desk
from tests.sandboxed import ticking_sandbox
from webapp.extensions import db
from webapp.sandbox.server import Sandbox
from webapp.services import leases

HEAD = {
    "id", "kind", "trigger", "requested_by", "dry_run", "month", "closed", "state", "error", "started_at", "finished_at", "calls",
    "customers",
}  # fmt: skip


@pytest.fixture
def ticking(environ: dict[str, str]) -> Iterator[Sandbox]:
    yield from ticking_sandbox(environ)


@pytest.fixture
def desk(ticking: Sandbox, context: Flask) -> Desk:
    made = Desk(ticking, context)
    made.open(BAKERY, SHIPPING)
    return made


def test_a_pass_in_which_all_went_well_ends_with_0_and_one_document(desk: Desk, kontor: Run) -> None:
    alert = desk.alert()
    answer = kontor("tickets", "--json")
    document = read(answer)
    assert answer.exit_code == 0, answer.stderr
    assert document.keys() >= HEAD
    assert (document["kind"], document["trigger"], document["state"], document["error"]) == ("tickets", "cli", "succeeded", None)
    assert document["requested_by"].startswith("cli:")
    assert {each["customer_name"]: each["state"] for each in document["customers"]} == {
        BAKERY: "succeeded",
        SHIPPING: "succeeded",
    }
    assert document["calls"]["sophos"] > 0
    assert document["calls"]["autotask"] > 0
    assert [alert in ticket["description"] for ticket in desk.tickets()] == [True]


def test_a_customer_that_failed_is_named_and_the_status_is_1(desk: Desk, kontor: Run) -> None:
    desk.sandbox.state.switches.alerts_forbidden.add(desk.ids[BAKERY])
    answer = kontor("tickets", "--json")
    document = read(answer)
    assert (answer.exit_code, document["state"]) == (1, "partial")
    (failed,) = [each for each in document["customers"] if each["state"] == "failed"]
    assert (failed["customer_name"], failed["error"]["code"]) == (BAKERY, "alerts_forbidden")
    assert failed["error"].keys() == {"code", "message", "advice"}


def test_a_ticket_that_is_refused_makes_the_status_1_with_autotasks_words(desk: Desk, kontor: Run) -> None:
    desk.sandbox.state.switches.ticket_required_fields.add("issueType")
    desk.alert()
    answer = kontor("tickets", "--json")
    (failed,) = [each for each in read(answer)["customers"] if each["state"] == "failed"]
    assert answer.exit_code == 1
    assert failed["error"]["code"] == "ticket_field_required"


def test_before_both_systems_are_connected_there_is_still_a_document(kontor: Run, context: Flask) -> None:
    answer = kontor("tickets", "--json")
    document = read(answer)
    assert answer.exit_code == 1
    assert (document["id"], document["kind"], document["state"]) == (None, "tickets", "failed")
    assert document["error"]["code"] == "not_connected"
    assert document["customers"] == []


def test_while_another_pass_is_under_way_the_command_says_so(desk: Desk, kontor: Run) -> None:
    held = leases.acquire(leases.TICKETS)
    assert held is not None
    answer = kontor("tickets", "--json")
    document = read(answer)
    assert (answer.exit_code, document["id"], document["error"]["code"]) == (1, None, "run_in_progress")
    db.session.commit()


def test_without_json_it_speaks_in_words(desk: Desk, kontor: Run) -> None:
    desk.alert()
    answer = kontor("tickets")
    assert answer.exit_code == 0
    assert not answer.stdout.startswith("{")
    assert answer.stdout.strip()


def test_an_unknown_option_is_wrong_usage(run: Run) -> None:
    assert run("tickets", "--everything").exit_code == 2
