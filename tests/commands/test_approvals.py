"""``kontor approvals``: exit statuses, one JSON document on stdout, and what really happens in Autotask."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.commands.conftest import Run, read
from tests.world import World
from webapp.extensions import db
from webapp.models import Change
from webapp.services import approvals, leases, preferences

BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
LINE = {
    "change_id", "contract_id", "contract_service_id", "service_id", "service_name", "customer_ids", "products",
    "before", "target", "delta", "effective_date", "state", "code", "reason",
}  # fmt: skip


def held(world: World, *names: str) -> list[str]:
    """Changes that wait, as they are typed."""
    for name in names:
        world.customer(name, units=14, usage=40)
    world.sync()
    return [str(change.id) for change in world.changes()]


def test_the_list_is_one_document_of_lines_the_longest_waiting_first(world: World, kontor: Run) -> None:
    assert read(kontor("approvals", "list", "--json")) == []
    ids = held(world, BAKERY, SHIPPING)
    done = kontor("approvals", "list", "--json")
    lines = read(done)
    assert done.exit_code == 0
    assert [str(line["change_id"]) for line in lines] == ids
    assert set(lines[0]) == LINE
    assert (lines[0]["before"], lines[0]["target"], lines[0]["delta"], lines[0]["state"]) == (14, 40, 26, "held")
    assert lines[0]["reason"]
    text = kontor("approvals", "list").stdout
    assert f"{BAKERY}, Managed Security" in text
    assert "14 -> 40" in text


def test_nothing_waiting_is_said(world: World, kontor: Run) -> None:
    done = kontor("approvals", "list")
    assert (done.exit_code, done.stdout) == (0, "No change waits for a person.\n")


def test_approving_posts_at_once_and_is_recorded_under_the_command_line(world: World, kontor: Run) -> None:
    first, second = held(world, BAKERY, SHIPPING)
    done = kontor("approvals", "approve", first, "--json")
    document = read(done)
    assert (done.exit_code, document["kind"], document["state"], document["trigger"]) == (0, "usage", "succeeded", "cli")
    assert [(str(line["change_id"]), line["state"]) for line in document["lines"]] == [(first, "confirmed")]
    assert (world.units(BAKERY), world.units(SHIPPING)) == (40, 14)
    change = db.session.get_one(Change, int(first))
    assert str(change.decided_by).startswith("cli:")
    assert "@" in str(change.decided_by)
    assert read(kontor("run", str(document["id"]), "--json")) == document
    assert "confirmed" in kontor("approvals", "approve", second).stdout


def test_an_id_that_is_stale_or_unknown_is_a_line_and_the_others_go_on(world: World, kontor: Run) -> None:
    first, second = held(world, BAKERY, SHIPPING)
    approvals.dismiss(change_ids=[int(first)], reason="no", by="user:dana")
    done = kontor("approvals", "approve", first, second, "999", "--json")
    lines = {str(line["change_id"]): (line["state"], line["code"]) for line in read(done)["lines"]}
    assert lines == {
        first: ("dismissed", "approval_stale"),
        second: ("confirmed", None),
        "999": ("blocked", "change_unknown"),
    }
    assert set(read(done)["lines"][-1]) == LINE
    assert (done.exit_code, world.units(SHIPPING)) == (1, 40)


@pytest.mark.parametrize("known", [True, False])
def test_where_nothing_waits_there_is_a_document_without_a_run(world: World, kontor: Run, known: bool) -> None:
    (change_id,) = held(world, BAKERY)
    approvals.dismiss(change_ids=[int(change_id)], reason="no", by="user:dana")
    done = kontor("approvals", "approve", change_id if known else "999", "--json")
    document = read(done)
    code = "approval_stale" if known else "change_unknown"
    assert (done.exit_code, document["id"], document["state"], document["error"]["code"]) == (1, None, "failed", code)
    assert [line["code"] for line in document["lines"]] == [code]
    assert len(read(kontor("runs", "--json"))) == 1


def test_figures_that_moved_end_with_1_and_are_named(world: World, kontor: Run) -> None:
    (change_id,) = held(world, BAKERY)
    world.use(BAKERY, 41)
    done = kontor("approvals", "approve", change_id, "--json")
    (line,) = read(done)["lines"]
    assert (done.exit_code, line["state"], line["code"]) == (1, "superseded", "approval_stale")
    assert "14 → 41" in line["reason"]
    assert world.posted() == []


def test_what_waits_for_the_first_change_ends_with_0(world: World, kontor: Run) -> None:
    ids = held(world, BAKERY, SHIPPING)
    world.hide_changes()
    done = kontor("approvals", "approve", *ids, "--json")
    document = read(done)
    assert (document["state"], document["error"]["code"]) == ("partial", "first_change_open")
    assert [line["state"] for line in document["lines"]] == ["unknown", "planned"]
    assert done.exit_code == 1
    world.show_changes()
    kontor("sync")
    assert (world.units(BAKERY), world.units(SHIPPING), len(world.posted())) == (40, 40, 2)


def test_while_another_run_posts_there_is_a_document_without_a_run(world: World, kontor: Run) -> None:
    (change_id,) = held(world, BAKERY)
    lease = leases.acquire(leases.POSTING)
    assert lease is not None
    done = kontor("approvals", "approve", change_id, "--json")
    assert (done.exit_code, read(done)["id"], read(done)["error"]["code"]) == (1, None, "run_in_progress")
    leases.release(lease)
    assert kontor("approvals", "approve", change_id, "--wait", "1", "--json").exit_code == 0


@pytest.mark.parametrize("mode", ["paused", "observe"])
def test_while_nothing_is_posted_nothing_is_approved(world: World, kontor: Run, mode: str) -> None:
    (change_id,) = held(world, BAKERY)
    preferences.put(name="mode", value=mode, by="test")
    done = kontor("approvals", "approve", change_id, "--json")
    assert (done.exit_code, read(done)["error"]["code"]) == (1, "posting_paused")
    assert [line["change_id"] for line in read(kontor("approvals", "list", "--json"))] == [int(change_id)]


@pytest.mark.usefixtures("empty_sandbox")
def test_before_connecting_there_is_a_document_without_a_run(kontor: Run, app: Flask) -> None:
    with app.app_context():
        done = kontor("approvals", "approve", "1", "--json")
    assert (done.exit_code, read(done)["error"]["code"]) == (1, "not_connected")


def test_dismissing_keeps_the_reason_and_takes_the_change_off_the_list(world: World, kontor: Run) -> None:
    first, second = held(world, BAKERY, SHIPPING)
    done = kontor("approvals", "dismiss", first, "--reason", "Only test devices")
    assert (done.exit_code, "dismissed" in done.stdout) == (0, True)
    change = db.session.get_one(Change, int(first))
    assert (change.state, change.decision_reason, str(change.decided_by)[:4]) == ("dismissed", "Only test devices", "cli:")
    assert [str(line["change_id"]) for line in read(kontor("approvals", "list", "--json"))] == [second]
    again = kontor("approvals", "dismiss", first, second, "999", "--reason", "no", "--json")
    assert [(str(line["change_id"]), line["state"], line["code"]) for line in read(again)] == [
        (second, "dismissed", None),
        (first, "dismissed", "approval_stale"),
        ("999", "blocked", "change_unknown"),
    ]
    assert again.exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve",),
        ("approve", "soon"),
        ("approve", "1.5"),
        ("approve", "1", "--wait", "soon"),
        ("dismiss", "1"),
        ("dismiss", "one", "--reason", "no"),
        ("dismiss", "--reason", "no"),
        ("list", "more"),
    ],
)
def test_wrong_usage_ends_with_2(world: World, kontor: Run, arguments: tuple[str, ...]) -> None:
    done = kontor("approvals", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_reason_of_nothing_ends_with_2(world: World, kontor: Run) -> None:
    (change_id,) = held(world, BAKERY)
    done = kontor("approvals", "dismiss", change_id, "--reason", "  ")
    assert done.exit_code == 2
    assert "reason_missing" in done.stderr
    assert [line["change_id"] for line in read(kontor("approvals", "list", "--json"))] == [int(change_id)]
