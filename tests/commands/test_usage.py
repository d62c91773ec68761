"""``kontor sync``, ``refresh``, ``runs`` and ``run``: exit statuses, and one JSON document on stdout whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from tests.commands.conftest import Run, read
from tests.world import World
from webapp.services import leases, preferences

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"


def test_a_sync_that_does_its_work_ends_with_0_and_one_document(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    done = kontor("sync", "--json")
    assert done.exit_code == 0
    document = read(done)
    assert (document["state"], document["trigger"], document["dry_run"]) == ("succeeded", "cli", False)
    assert document["requested_by"].startswith("cli:")
    assert [line["state"] for line in document["lines"]] == ["confirmed"]
    assert world.units(BAKERY) == 15


def test_without_json_a_person_reads_what_happened(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    done = kontor("sync")
    assert done.exit_code == 0
    assert "succeeded, 1 customers" in done.stdout
    assert "12 -> 15 confirmed" in done.stdout


@pytest.mark.parametrize("usage", [40, 3, 12])
def test_held_lower_and_in_step_count_as_done(world: World, kontor: Run, usage: int) -> None:
    world.customer(BAKERY, units=12, usage=usage)
    assert kontor("sync", "--json").exit_code == 0
    assert world.posted() == []


def test_deferred_counts_as_done(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    kontor("sync")
    world.use(BAKERY, 16)
    done = kontor("sync", "--json")
    assert (done.exit_code, read(done)["lines"][0]["state"]) == (0, "deferred")


def test_a_failed_customer_ends_with_1(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6, end=date(2026, 10, 31))
    done = kontor("sync", "--json")
    assert (done.exit_code, read(done)["state"]) == (1, "partial")
    assert "contract_ended" in kontor("sync").stdout


@pytest.mark.usefixtures("empty_sandbox")
def test_before_connecting_there_is_a_document_without_a_run(kontor: Run, app: Flask) -> None:
    for command in ("sync", "refresh"):
        with app.app_context():
            done = kontor(command, "--json")
        document = read(done)
        assert (done.exit_code, document["id"], document["state"]) == (1, None, "failed")
        assert (document["error"]["code"], document["customers"]) == ("not_connected", [])
        assert document["error"]["advice"]
        assert ("lines" in document) is (command == "sync")


def test_while_another_run_posts_there_is_a_document_without_a_run(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    assert leases.acquire(leases.POSTING) is not None
    done = kontor("sync", "--json")
    document = read(done)
    assert (done.exit_code, document["id"], document["error"]["code"]) == (1, None, "run_in_progress")
    assert read(kontor("runs", "--json")) == []
    assert read(kontor("sync", "--json", "--dry-run"))["id"] is not None
    preferences.put(name="mode", value="observe", by="test")
    observed = kontor("sync", "--json")
    assert (observed.exit_code, read(observed)["lines"][0]["state"]) == (0, "planned")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--month", "2026-13"), "month_invalid"),
        (("--month", "0000-05"), "month_invalid"),
        (("--month", "November"), "month_invalid"),
        (("--month", "2026-12"), "month_in_future"),
        (("--customer", "nobody"), "customer_unknown"),
    ],
)
def test_what_was_typed_wrong_ends_with_2_and_has_a_document(
    world: World, kontor: Run, arguments: tuple[str, ...], code: str
) -> None:
    done = kontor("sync", "--json", *arguments)
    document = read(done)
    assert (done.exit_code, document["id"], document["error"]["code"]) == (2, None, code)
    assert arguments[1] in document["error"]["message"] or code == "month_in_future"
    assert f"({code})" in done.stderr


@pytest.mark.parametrize("arguments", [("--often",), ("--wait", "-1"), ("--wait", "soon"), ("more",)])
def test_an_unknown_option_ends_with_2(world: World, kontor: Run, arguments: tuple[str, ...]) -> None:
    done = kontor("sync", "--json", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_dry_run_posts_nothing_settles_nothing_and_stays_in_the_history(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=50)
    done = kontor("sync", "--dry-run", "--json")
    document = read(done)
    assert (done.exit_code, document["dry_run"]) == (0, True)
    assert [(line["state"], line["change_id"]) for line in document["lines"]] == [("planned", None), ("held", None)]
    assert (world.posted(), world.changes()) == ([], [])
    (head,) = read(kontor("runs", "--json"))
    assert (head["id"], head["dry_run"], head["state"]) == (document["id"], True, "succeeded")


def test_a_dry_run_says_in_words_what_to_expect_and_as_json_stays_one_document(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15, price=5.0)
    world.customer(SHIPPING, units=10, usage=40)
    said = kontor("sync", "--dry-run").stdout
    assert "1 line would be posted (0 in full, 1 prorated, licences +3, about 4.00)" in said
    assert f"{BAKERY} (Managed Security), Sophos Intercept X Advanced: 12 -> 15, from 23 Nov 2026, prorated: 8 of 30 days" in said
    assert "Wait for a person: 1" in said
    assert read(kontor("sync", "--dry-run", "--json"))["dry_run"] is True
    assert "would be posted" not in kontor("sync").stdout


def test_a_past_month_is_planned_on_its_own_period(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.set_usage(customer_id=world.ids[BAKERY], product_code="CIXA-MSP", billable=20, month="2026-10")
    done = kontor("sync", "--month", "2026-10", "--json")
    (line,) = read(done)["lines"]
    assert (done.exit_code, line["state"], line["target"], line["effective_date"]) == (0, "confirmed", 20, "2026-10-01")
    assert (world.units(BAKERY, on=date(2026, 9, 30)), world.units(BAKERY, on=date(2026, 10, 1))) == (12, 20)


def test_a_past_month_whose_period_is_posted_is_reported_and_nothing_is_posted(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.approve_and_post(up_to=date(2026, 10, 31))
    world.sandbox.state.set_usage(customer_id=world.ids[BAKERY], product_code="CIXA-MSP", billable=20, month="2026-10")
    done = kontor("sync", "--month", "2026-10", "--json")
    document = read(done)
    assert (done.exit_code, document["month"], document["lines"][0]["target"]) == (0, "2026-10", 20)
    assert (world.posted(), world.changes()) == ([], [])


def test_one_customer_reports_all_on_its_contract(world: World, kontor: Run) -> None:
    bakery = world.customer(BAKERY, units=12, usage=8)
    world.customer(SHIPPING, units=None, usage=6, contract=bakery.mapping.contract)
    world.customer("Dunmore Estates", units=4, usage=4)
    done = kontor("sync", "--customer", world.ids[SHIPPING].upper(), "--json")
    names = [customer["customer_name"] for customer in read(done)["customers"]]
    assert (done.exit_code, sorted(names)) == (0, [BAKERY, SHIPPING])


def test_a_customer_that_takes_no_part_is_skipped_and_ends_with_1(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6, usage_sync=False)
    asked = ("--customer", world.ids[SHIPPING], "--customer", world.ids[SHIPPING])
    done = kontor("sync", *asked, "--json")
    document = read(done)
    assert (done.exit_code, document["state"], document["lines"]) == (1, "succeeded", [])
    (customer,) = document["customers"]
    assert (customer["state"], customer["error"]["code"]) == ("skipped", "not_eligible")
    assert customer["error"]["message"] == f"{SHIPPING} takes no part in usage sync."
    both = kontor("sync", *asked, "--customer", world.ids[BAKERY], "--json")
    assert both.exit_code == 1
    assert {each["customer_name"]: each["state"] for each in read(both)["customers"]} == {
        BAKERY: "succeeded",
        SHIPPING: "skipped",
    }
    assert (world.units(BAKERY), world.units(SHIPPING)) == (15, 5)


def test_no_usage_yet_on_the_first_days_of_a_month_is_no_failure(world: World, kontor: Run, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=None)
    set_clock("2026-11-02T11:00:00+00:00")
    done = kontor("sync", "--json")
    document = read(done)
    assert (done.exit_code, document["state"], document["error"]["code"]) == (0, "succeeded", "usage_not_yet")
    assert (document["customers"], document["lines"]) == ([], [])
    set_clock("2026-11-23T11:00:00+00:00")
    late = kontor("sync", "--json")
    assert (late.exit_code, read(late)["error"]["code"]) == (1, "usage_incomplete")


def test_over_the_budget_the_document_says_when_it_goes_on(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.switches.other_calls = 9_000
    done = kontor("sync", "--json")
    document = read(done)
    assert (done.exit_code, document["state"], document["error"]["code"]) == (1, "paused", "budget_reached")
    assert document["resume_at"] == "2026-11-23T12:01:00Z"


def test_refused_credentials_are_a_failed_run(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.switches.account_locked = True
    done = kontor("sync", "--json")
    document = read(done)
    assert (done.exit_code, document["state"], document["error"]["code"]) == (1, "failed", "credentials_refused")


def test_the_history_is_the_newest_first_and_one_run_is_its_document(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    first, second = read(kontor("sync", "--json")), read(kontor("sync", "--json"))
    heads = read(kontor("runs", "--json"))
    assert [head["id"] for head in heads] == [second["id"], first["id"]]
    assert "lines" not in heads[0]
    assert [head["id"] for head in read(kontor("runs", "--limit", "1", "--json"))] == [second["id"]]
    again = kontor("run", str(first["id"]), "--json")
    assert (again.exit_code, read(again)) == (0, first)
    assert "confirmed" in kontor("run", str(first["id"])).stdout
    assert len(kontor("runs").stdout.splitlines()) == 2


def test_a_run_that_does_not_exist_ends_with_1(world: World, kontor: Run) -> None:
    done = kontor("run", "99", "--json")
    document = read(done)
    assert (done.exit_code, document["id"], document["error"]["code"]) == (1, None, "run_unknown")
    plain = kontor("run", "99")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert "There is no run 99." in plain.stderr
    assert kontor("run", "last").exit_code == 2


def test_a_refresh_is_a_run_with_customers_and_no_lines(world: World, kontor: Run) -> None:
    world.customer(BAKERY, units=12, usage=15)
    done = kontor("refresh", "--json")
    document = read(done)
    assert (done.exit_code, document["kind"], document["state"]) == (0, "refresh", "succeeded")
    assert "lines" not in document
    assert isinstance(document["customers"], list)


def test_the_document_is_the_only_thing_on_stdout_in_every_language(world: World, kontor: Run) -> None:
    preferences.put(name="language", value="de", by="test")
    world.customer(BAKERY, units=12, usage=15, status=0)
    done = kontor("sync", "--json")
    assert done.exit_code == 1
    assert read(done)["customers"][0]["customer_name"] == BAKERY
