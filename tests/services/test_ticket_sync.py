"""Ticket sync from the alert to the closed ticket, against the sandbox's own books, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk import BAKERY, COMPLETE, PRIORITY, QUEUE, SHIPPING, SOURCE, Desk
from webapp.domain import RunState
from webapp.extensions import db
from webapp.services import preferences, ticket_watches

Clock = Callable[[str], None]


def test_an_alert_becomes_one_ticket_with_what_a_technician_needs(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert(description="Malware could not be <b>removed</b>", device="PC-07", person="Ida Brandt")
    run = desk.sync()
    (ticket,) = desk.tickets(BAKERY)
    assert (run.state, ticket["queueID"], ticket["priority"], ticket["source"]) == ("succeeded", QUEUE, PRIORITY, SOURCE)
    assert ticket["title"] == "Sophos: Malware could not be removed on PC-07"
    assert ticket["externalID"].startswith("sophos:")
    for part in ("High", BAKERY, "PC-07", "Ida Brandt", alert):
        assert part in ticket["description"]
    assert desk.rows()[0].number == ticket["ticketNumber"]
    assert desk.said(run) == [("create", "done", None)]


def test_later_passes_make_nothing_of_the_same_alert(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.alert()
    for _ in range(3):
        run = desk.sync()
    assert len(desk.tickets()) == 1
    assert desk.said(run) == []


def test_what_was_open_when_ticket_sync_was_switched_on_is_only_shown(desk: Desk) -> None:
    desk.open(BAKERY, begun=False)
    old = desk.alert(minutes_ago=600)
    run = desk.sync()
    assert desk.tickets() == []
    assert (desk.row(old).state, desk.said(run)) == ("shown", [("show", "done", None)])
    desk.alert(type="Event::Endpoint::UpdateFailure", device="PC-02")
    desk.sync()
    assert len(desk.tickets()) == 1


def test_also_what_was_open_gets_tickets_where_that_was_chosen(desk: Desk) -> None:
    desk.open(BAKERY, begun=False)
    desk.alert(minutes_ago=600)
    ticket_watches.also_open(desk.ids[BAKERY])
    db.session.commit()
    desk.sync()
    assert len(desk.tickets()) == 1


def test_a_repeat_of_an_open_trouble_is_a_note_once_for_each_alert(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.alert(device="PC-07", group="1,Event::Endpoint::SavDisabled,513,")
    desk.sync()
    again = [desk.alert(device="PC-07", group="1,Event::Endpoint::SavDisabled,513,") for _ in range(2)]
    desk.sync()
    desk.sync()
    (ticket,) = desk.tickets()
    notes = desk.notes(ticket["id"])
    assert len(notes) == 2
    assert all(any(alert in note for note in notes) for alert in again)


def test_low_ignores_and_an_unseen_severity_is_not_lost(desk: Desk) -> None:
    desk.open(BAKERY)
    low = desk.alert(severity="low", device="PC-01")
    desk.alert(severity="catastrophic", device="PC-02", category="quantum")
    desk.sync()
    assert desk.row(low).state == "ignored"
    assert [ticket["title"].endswith("PC-02") for ticket in desk.tickets()] == [True]


def test_an_alert_gone_from_sophos_completes_its_ticket_with_a_note(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.gone(alert)
    run = desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] == COMPLETE
    assert [alert in note for note in desk.notes(ticket["id"])] == [True]
    assert desk.said(run) == [("note", "done", None), ("complete", "done", None)]
    assert desk.rows()[0].completed_by == "kontor"


@pytest.mark.parametrize("how", ["assigned", "written"])
def test_where_somebody_works_on_it_only_a_note_is_added(desk: Desk, how: str) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    (ticket,) = desk.tickets()
    if how == "assigned":
        desk.sandbox.state.assign(ticket["id"])
    else:
        desk.sandbox.state.write_note(ticket["id"], "I am looking into it.")
    desk.gone(alert)
    desk.sync()
    desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] != COMPLETE
    assert sum(alert in note for note in desk.notes(ticket["id"])) == 1


def test_an_alert_that_expired_at_sophos_adds_a_note_only(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert(minutes_ago=89 * 24 * 60 + 5)
    desk.sync()
    desk.gone(alert)
    desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] != COMPLETE
    assert "90" in desk.notes(ticket["id"])[0]


def test_a_recovery_completes_the_ticket_and_acknowledges_both_alerts(desk: Desk) -> None:
    desk.open(BAKERY)
    down = desk.alert(
        type="Event::Firewall::FirewallGatewayDown", product="firewall", device="FW-1", description="Gateway 'WAN' is Down"
    )
    desk.sync()
    up = desk.alert(
        type="Event::Firewall::FirewallGatewayUp",
        product="firewall",
        device="FW-1",
        description="Gateway 'WAN' is Up",
        minutes_ago=1,
    )
    desk.sync()
    desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] == COMPLETE
    assert up in desk.notes(ticket["id"])[0]
    assert {entry.alert_id for entry in desk.sandbox.state.books.acknowledged} == {down, up}


def test_a_ticket_completed_in_autotask_acknowledges_its_alert(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.sandbox.state.complete_ticket(desk.tickets()[0]["id"])
    desk.sync()
    assert [entry.alert_id for entry in desk.sandbox.state.books.acknowledged] == [alert]
    assert (desk.rows()[0].state, desk.rows()[0].completed_by) == ("completed", "autotask")
    desk.sync()
    assert len(desk.tickets()) == 1


def test_an_alert_that_had_a_ticket_never_opens_another(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.alert(allowed_actions=("clearThreat",))
    desk.sync()
    desk.sandbox.state.complete_ticket(desk.tickets()[0]["id"])
    for _ in range(3):
        desk.sync()
    assert len(desk.tickets()) == 1
    assert desk.sandbox.state.books.acknowledged == []


@pytest.mark.parametrize(("setting", "tickets"), [("reopen", 1), ("new", 2)])
def test_a_trouble_that_is_back_soon_reopens_its_ticket_or_makes_a_new_one(desk: Desk, setting: str, tickets: int) -> None:
    desk.open(BAKERY)
    preferences.put(name="ticket_reopen", value=setting, by="test")
    first = desk.alert(device="PC-07", group="1,X,2,")
    desk.sync()
    desk.gone(first)
    desk.sync()
    again = desk.alert(device="PC-07", group="1,X,2,", minutes_ago=1)
    desk.sync()
    found = desk.tickets()
    assert len(found) == tickets
    assert found[-1]["status"] != COMPLETE
    text = desk.notes(found[0]["id"])[-1] if setting == "reopen" else found[-1]["description"]
    assert again in text


def test_a_burst_is_gathered_into_one_ticket_that_lists_its_alerts(desk: Desk) -> None:
    desk.open(BAKERY)
    preferences.put(name="ticket_burst", value="5", by="test")
    alerts = [desk.alert(device=f"PC-{number:02d}", group=f"1,X,2,{number}") for number in range(8)]
    desk.sync()
    (ticket,) = desk.tickets()
    assert all(alert in ticket["description"] for alert in alerts)
    more = desk.alert(device="PC-99", group="1,X,2,99", minutes_ago=1)
    desk.sync()
    (ticket,) = desk.tickets()
    assert [more in note for note in desk.notes(ticket["id"])] == [True]


def test_the_trouble_of_one_customer_stays_with_it(desk: Desk) -> None:
    desk.open(BAKERY, SHIPPING)
    desk.sandbox.state.switches.alerts_forbidden.add(desk.ids[BAKERY])
    desk.alert(SHIPPING)
    run = desk.sync()
    assert run.state == RunState.PARTIAL
    assert {result.customer_name: result.error_code for result in run.results} == {BAKERY: "alerts_forbidden", SHIPPING: None}
    assert len(desk.tickets(SHIPPING)) == 1
    asked_again = desk.sync()
    assert [result.customer_name for result in asked_again.results] == [SHIPPING]  # it is asked rarely


def test_nothing_is_made_before_the_choices_and_a_finding_asks_for_them(desk: Desk) -> None:
    desk.open(BAKERY, chosen=False)
    alert = desk.alert()
    run = desk.sync()
    assert desk.tickets() == []
    assert desk.said(run) == [("plan", "planned", "ticket_choice_missing")]
    preferences.put(name="ticket_queue", value=str(QUEUE), by="test")
    preferences.put(name="ticket_priority", value="High", by="test")
    preferences.put(name="ticket_source", value="Sophos Central", by="test")
    db.session.commit()
    desk.sync()
    assert [alert in ticket["description"] for ticket in desk.tickets()] == [True]


def test_while_kontor_observes_nothing_is_made(desk: Desk) -> None:
    desk.open(BAKERY)
    preferences.put(name="mode", value="observe", by="test")
    desk.alert()
    assert desk.said(desk.sync()) == [("plan", "planned", "tickets_not_started")]
    assert desk.tickets() == []


def test_the_alerts_of_unmapped_customers_are_counted_and_make_no_ticket(desk: Desk) -> None:
    desk.open(BAKERY, begun=False)
    desk.customer(SHIPPING, mapped=False)
    alert = desk.alert(SHIPPING)
    desk.sync()
    assert desk.row(alert).state == "unmapped"
    assert desk.tickets() == []


def test_a_ticket_that_a_person_reopens_stays_open(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.gone(alert)
    desk.sync()
    desk.sandbox.state.reopen_ticket(desk.tickets()[0]["id"])
    desk.sync()
    desk.sync()
    assert desk.tickets()[0]["status"] != COMPLETE
    assert desk.rows()[0].state == "open"


def test_an_alert_with_next_to_nothing_in_it_becomes_a_ticket_too(desk: Desk) -> None:
    desk.open(BAKERY)
    bare = desk.alert(description=None, category=None, product=None, type=None, device=None, person=None, group="")
    long = desk.alert(description="<p>" + "Zeile & mehr. " * 600 + "</p>", device="PC-02")
    assert desk.sync().state == RunState.SUCCEEDED
    found = {alert: ticket for ticket in desk.tickets() for alert in (bare, long) if alert in ticket["description"]}
    assert len(found) == len(desk.tickets()) == 2
    assert all(0 < len(ticket["title"]) <= 255 and len(ticket["description"]) <= 8000 for ticket in found.values())
