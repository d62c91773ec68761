"""Ticket sync where things come at the wrong moment: what was right when planned need not be right when it is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.desk import BAKERY, COMPLETE, SHIPPING, Desk
from webapp.clients.http import Http
from webapp.extensions import db
from webapp.models import RunTicket, TicketRule
from webapp.services import preferences, ticket_actions, ticket_sync, ticket_watches

Clock = Callable[[str], None]
GROUP = "1,Event::Endpoint::SavDisabled,513,"


def acknowledged(desk: Desk) -> set[str]:
    return {entry.alert_id for entry in desk.sandbox.state.books.acknowledged}


def completion_is_held_up(desk: Desk) -> None:
    """A ticket whose trouble is over, with its note, but Autotask was too busy to complete it."""
    desk.open(BAKERY)
    alert = desk.alert(group=GROUP)
    desk.sync()
    desk.gone(alert)
    desk.sandbox.state.faults.add("thread_error", host="autotask", method="PATCH")
    desk.sync()
    desk.sandbox.state.faults.clear()
    assert (desk.steps()[-1][0], desk.steps()[-1][1]) == ("complete", "planned")


def test_a_completion_that_was_held_up_is_given_up_where_the_trouble_is_back(desk: Desk) -> None:
    completion_is_held_up(desk)
    again = desk.alert(group=GROUP, minutes_ago=1)
    desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] != COMPLETE
    assert again in desk.notes(ticket["id"])[-1]
    desk.gone(again)
    desk.sync()
    (ticket,) = desk.tickets()
    assert ticket["status"] == COMPLETE


def test_a_completion_given_up_for_an_older_alert_comes_when_that_one_is_over_too(desk: Desk) -> None:
    completion_is_held_up(desk)
    older = desk.alert(group=GROUP, minutes_ago=50)
    desk.sync()
    desk.gone(older)
    desk.sync()
    assert [ticket["status"] for ticket in desk.tickets()] == [COMPLETE]


@pytest.mark.parametrize("how", ["assigned", "written"])
def test_a_completion_that_was_held_up_is_given_up_where_somebody_works_on_it_now(desk: Desk, how: str) -> None:
    completion_is_held_up(desk)
    number = desk.tickets()[0]["id"]
    if how == "assigned":
        desk.sandbox.state.assign(number)
    else:
        desk.sandbox.state.write_note(number, "I am looking into it.")
    desk.sync()
    assert desk.tickets()[0]["status"] != COMPLETE
    assert desk.steps()[-1][1] == "dropped"


def test_a_completion_that_was_held_up_comes_with_the_next_pass(desk: Desk) -> None:
    completion_is_held_up(desk)
    desk.sync()
    assert desk.tickets()[0]["status"] == COMPLETE


def test_a_ticket_reopened_after_its_alert_was_acknowledged_stays_open(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    number = desk.tickets()[0]["id"]
    desk.sandbox.state.complete_ticket(number)
    desk.sync()
    assert acknowledged(desk) == {alert}
    desk.sandbox.state.reopen_ticket(number)
    desk.sync()
    desk.sync()
    assert desk.tickets()[0]["status"] != COMPLETE


def test_a_reopened_ticket_whose_alert_is_still_open_is_closed_when_that_is_gone(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert(allowed_actions=("clearThreat",))
    desk.sync()
    number = desk.tickets()[0]["id"]
    desk.sandbox.state.complete_ticket(number)
    desk.sync()
    desk.sandbox.state.reopen_ticket(number)
    desk.sync()
    desk.gone(alert)
    desk.sync()
    assert desk.tickets()[0]["status"] == COMPLETE


def test_nothing_is_sent_for_a_customer_whose_ticket_sync_was_switched_off_meanwhile(desk: Desk) -> None:
    desk.open(BAKERY, SHIPPING)
    alert = desk.alert(BAKERY)
    desk.sandbox.state.faults.add("thread_error", host="autotask", method="POST", path="/Tickets", body_contains="companyID")
    desk.sync()
    desk.sandbox.state.faults.clear()
    desk.switch(BAKERY, on=False)
    desk.sync()
    assert desk.tickets() == []
    desk.switch(BAKERY, on=True)
    desk.sync()
    assert [alert in ticket["description"] for ticket in desk.tickets()] == [True]


def test_a_ticket_that_was_not_sent_yet_goes_to_the_company_that_the_customer_has_now(desk: Desk) -> None:
    desk.open(BAKERY, SHIPPING)
    desk.alert(BAKERY)
    desk.sandbox.state.faults.add("thread_error", host="autotask", method="POST", path="/Tickets", body_contains="companyID")
    desk.sync()
    desk.sandbox.state.faults.clear()
    desk.mapping(BAKERY).company_id = desk.companies[SHIPPING]
    db.session.commit()
    desk.sync()
    assert [ticket["companyID"] for ticket in desk.tickets()] == [desk.companies[SHIPPING]]


def test_an_alert_that_got_a_group_key_later_still_belongs_to_one_ticket(desk: Desk) -> None:
    desk.open(BAKERY, SHIPPING, chosen=False)
    first = desk.alert(group="", device="PC-07")
    desk.sync()
    desk.gone(first)
    desk.alert(group=GROUP, device="PC-07", alert_id=first)
    for name, value in (("ticket_queue", "29683354"), ("ticket_priority", "1"), ("ticket_source", "13")):
        preferences.put(name=name, value=value, by="test")
    db.session.commit()
    desk.sync()
    second = desk.alert(group=GROUP, device="PC-07", minutes_ago=1)
    desk.alert(SHIPPING)
    run = desk.sync()
    assert run.state == "succeeded"
    (ticket,) = desk.tickets(BAKERY)
    assert first in ticket["description"]
    assert [second in note for note in desk.notes(ticket["id"])] == [True]
    assert len(desk.tickets(SHIPPING)) == 1


def test_an_error_in_one_customer_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(BAKERY, SHIPPING)
    decide = ticket_sync.tickets_plan.decide

    def stumble(alerts: object, situation: object) -> object:
        found = list(alerts)  # type: ignore[call-overload]
        if found and found[0].customer_id == desk.ids[BAKERY]:
            raise ArithmeticError
        return decide(found, situation)  # type: ignore[arg-type]

    monkeypatch.setattr(ticket_sync.tickets_plan, "decide", stumble)
    desk.alert(BAKERY)
    desk.alert(SHIPPING)
    run = desk.sync()
    assert {result.customer_name: result.error_code for result in run.results} == {BAKERY: "internal_error", SHIPPING: None}
    assert len(desk.tickets(SHIPPING)) == 1
    assert run.state == "partial"


def test_a_trouble_that_recovers_before_its_ticket_was_sent_makes_none(desk: Desk) -> None:
    desk.open(BAKERY)
    facts = {"product": "firewall", "device": "FW-1"}
    desk.alert(type="Event::Firewall::FirewallGatewayDown", description="Gateway 'WAN' is Down", **facts)
    desk.sandbox.state.faults.add("html", host="autotask", method="POST", path="/Tickets/query")
    desk.sync()
    desk.alert(type="Event::Firewall::FirewallGatewayUp", description="Gateway 'WAN' is Up", minutes_ago=1, **facts)
    desk.sandbox.state.faults.clear()
    desk.sync()
    desk.sync()
    assert desk.tickets() == []


def test_a_repeat_not_yet_told_is_told_although_somebody_completed_the_ticket_meanwhile(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.alert(group=GROUP)
    desk.sync()
    again = desk.alert(group=GROUP, minutes_ago=1)
    desk.sandbox.state.faults.add("thread_error", host="autotask", method="POST", path="/Notes")
    desk.sync()
    desk.sandbox.state.faults.clear()
    number = desk.tickets()[0]["id"]
    desk.sandbox.state.complete_ticket(number)
    desk.sync()
    assert [again in note for note in desk.notes(number)] == [True]


def test_tickets_refused_for_want_of_a_right_are_made_when_it_is_there(desk: Desk) -> None:
    desk.open(BAKERY)
    for number in range(3):
        desk.alert(device=f"PC-{number}")
    fault = desk.sandbox.state.faults.add(
        "status", host="autotask", method="POST", path="/Tickets", body_contains="companyID", status=403
    )
    run = desk.sync()
    assert (run.state, run.results[0].error_code) == ("partial", "permission_missing")
    assert fault.struck == 1
    desk.sandbox.state.faults.clear()
    desk.sync()
    assert len(desk.tickets()) == 3


def test_a_busy_autotask_is_left_in_peace_until_the_next_pass(desk: Desk) -> None:
    desk.open(BAKERY)
    for number in range(5):
        desk.alert(device=f"PC-{number}")
    fault = desk.sandbox.state.faults.add("threshold", host="autotask", method="POST", path="/Tickets", body_contains="companyID")
    desk.sync()
    assert fault.struck <= 2
    desk.sandbox.state.faults.clear()
    desk.sync()
    assert len(desk.tickets()) == 5


def test_tickets_that_were_all_deleted_do_not_stop_the_work(desk: Desk) -> None:
    desk.open(BAKERY, SHIPPING)
    for number in range(6):
        desk.alert(device=f"PC-{number}")
    desk.alert(SHIPPING)
    desk.sync()
    desk.switch(SHIPPING, on=False)
    for ticket in desk.tickets(BAKERY):
        desk.sandbox.state.delete_ticket(ticket["id"])
    desk.sync()
    assert [row.state for row in desk.rows()].count("deleted") == 6
    desk.alert(device="PC-99")
    desk.sync()
    assert len(desk.tickets(BAKERY)) == 1


def test_an_acknowledgement_that_fails_is_told_and_after_five_passes_left_to_a_person(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.sandbox.state.complete_ticket(desk.tickets()[0]["id"])
    fault = desk.sandbox.state.faults.add("status", host="sophos_region", path="/actions", status=409)
    states = [desk.sync().state for _ in range(7)]
    assert states == ["partial"] * 5 + ["succeeded"] * 2  # nothing is tried any more
    assert (fault.struck, desk.steps()[-1]) == (5, ("acknowledge", "failed", "unreachable"))
    watch = ticket_watches.get(desk.ids[BAKERY])
    assert watch is not None
    assert (watch.status, watch.code) == ("failed", "unreachable")
    desk.sandbox.state.faults.clear()
    ticket_actions.retry(desk.rows()[0].steps[-1].id, by="user:dana")
    db.session.commit()
    desk.sync()
    assert acknowledged(desk) == {alert}


def test_a_completion_that_autotask_refuses_is_told_and_can_be_repeated(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.gone(alert)
    body = {"errors": ["A ticket of this category needs a resolution."]}
    desk.sandbox.state.faults.add("status", host="autotask", method="PATCH", status=500, body=body)
    run = desk.sync()
    step = desk.rows()[0].steps[-1]
    assert (run.state, run.results[0].error_code) == ("partial", "ticket_refused")
    assert (step.kind, step.state, step.params["text"]) == ("complete", "failed", body["errors"][0])
    desk.sync()
    assert len([each for each in desk.steps() if each[0] == "complete"]) == 1
    desk.sandbox.state.faults.clear()
    ticket_actions.retry(step.id, by="user:dana")
    db.session.commit()
    desk.sync()
    assert desk.tickets()[0]["status"] == COMPLETE
    assert len(desk.notes(desk.tickets()[0]["id"])) == 1


def test_a_text_of_ten_thousand_characters_still_tells_which_alert_it_is(desk: Desk) -> None:
    desk.open(BAKERY)
    first = desk.alert(group=GROUP, description="\N{FIRE}" * 10_000, person="x" * 10_000)
    desk.sync()
    second = desk.alert(group=GROUP, description="\x00<b>" * 10_000, minutes_ago=1)
    desk.sync()
    (ticket,) = desk.tickets()
    assert first in ticket["description"]
    assert [second in note for note in desk.notes(ticket["id"])] == [True]


def test_what_a_pass_says_of_an_acknowledgement_names_the_customer(desk: Desk) -> None:
    desk.open(BAKERY)
    db.session.add(TicketRule(position=0, severities=["high"], categories=[], products=[], action="acknowledge"))
    db.session.commit()
    alert = desk.alert()
    run = desk.sync()
    said = db.session.scalars(select(RunTicket).where(RunTicket.run_id == run.id)).one()
    assert (said.customer_name, said.alert_ids, said.action, said.state) == (BAKERY, [alert], "acknowledge", "done")


def test_no_transaction_is_open_during_a_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open(BAKERY)
    open_during: list[str] = []
    read = Http.read

    def watched(self: Http, request: object, *args: object, **more: object) -> object:
        if db.session.registry.has() and db.session().in_transaction():
            open_during.append(str(getattr(request, "url", request)))
        return read(self, request, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Http, "read", watched)
    alerts = [desk.alert(device=f"PC-{number}", group=GROUP) for number in range(2)]
    desk.sync()
    desk.gone(alerts[0])
    desk.gone(alerts[1])
    desk.sync()
    desk.alert(group=GROUP, device="PC-0", minutes_ago=1)
    desk.sync()
    assert open_during == []
