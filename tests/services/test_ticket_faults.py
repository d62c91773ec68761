"""What goes wrong around ticket sync: lost answers, refusals, systems that are away. Nothing is lost and nothing made twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from tests.desk import BAKERY, COMPLETE, QUEUE, Desk
from webapp.context import now
from webapp.domain import RunState
from webapp.extensions import db
from webapp.models import TicketFieldRow

Clock = Callable[[str], None]


@pytest.mark.parametrize("action", ["drop", "reset_after", "status_after", "cut_json"])
def test_a_lost_answer_to_a_create_makes_one_ticket(desk: Desk, action: str) -> None:
    desk.open(BAKERY)
    desk.alert()
    fault = desk.sandbox.state.faults.add(
        action, host="autotask", method="POST", path="/Tickets", nth=1, times=1, body_contains="externalID", seconds=0.2
    )
    desk.sync()
    desk.sync()
    assert (fault.struck, len(desk.tickets())) == (1, 1)
    assert desk.rows()[0].state == "open"


@pytest.mark.parametrize("action", ["reset_before", "html"])
def test_a_create_that_never_arrived_is_sent_again_after_the_settle_time(desk: Desk, action: str, set_clock: Clock) -> None:
    desk.open(BAKERY)
    desk.alert()
    desk.sandbox.state.faults.add(action, host="autotask", method="POST", path="/Tickets", times=1, body_contains="companyID")
    desk.sync()
    assert (desk.tickets(), desk.rows()[0].state) == ([], "opening")
    desk.sync()
    assert desk.tickets() == []
    set_clock("2026-11-23T11:20:00+00:00")
    desk.sync()
    assert len(desk.tickets()) == 1


def test_a_lost_answer_to_a_note_writes_it_once(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.alert(group="1,X,2,")
    desk.sync()
    desk.alert(group="1,X,2,")
    desk.sandbox.state.faults.add("reset_after", host="autotask", method="POST", path="/Notes", times=1)
    desk.sync()
    desk.sync()
    assert len(desk.notes(desk.tickets()[0]["id"])) == 1


def test_a_required_field_is_named_with_autotasks_own_text(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.sandbox.state.switches.ticket_required_fields.add("issueType")
    desk.alert()
    run = desk.sync()
    (row,) = desk.rows()
    (step,) = row.steps
    assert (run.state, row.state, step.state, step.code) == ("partial", "failed", "failed", "ticket_field_required")
    assert (step.params["field"].lower(), step.params["place"]) == ("issuetype", "rule")
    assert "issueType" in step.params["text"]


def test_a_queue_that_was_deactivated_is_refused_before_anything_is_sent(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.sandbox.state.switches.inactive_queues.add(QUEUE)
    desk.alert()
    desk.sync()
    assert desk.tickets() == []
    assert desk.rows()[0].steps[0].code in ("ticket_choice_inactive", "ticket_refused")


def test_a_ticket_that_was_deleted_is_marked_and_not_made_again(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert(group="1,X,2,")
    desk.sync()
    desk.sandbox.state.delete_ticket(desk.tickets()[0]["id"])
    desk.sync()
    assert (desk.tickets(), desk.rows()[0].state) == ([], "deleted")
    desk.alert(group="1,X,2,", minutes_ago=1)
    desk.sync()
    assert len(desk.tickets()) == 1
    assert desk.row(alert).ticket_id == desk.rows()[0].id


def test_an_incomplete_list_closes_nothing(desk: Desk) -> None:
    desk.open(BAKERY)
    alert = desk.alert()
    desk.sync()
    desk.gone(alert)
    for action in ("html", "cut_json", "reset_before"):
        desk.sandbox.state.faults.add(action, host="sophos_region", path="/alerts", times=8)
        desk.sync()
        assert desk.tickets()[0]["status"] != COMPLETE
        desk.sandbox.state.faults.clear()
    desk.sync()
    assert desk.tickets()[0]["status"] == COMPLETE


def test_while_autotask_is_away_the_alerts_are_kept_and_become_tickets_later(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.sandbox.state.faults.add("html", host="autotask")
    alert = desk.alert()
    assert desk.sync().state == RunState.PARTIAL
    desk.sandbox.state.faults.clear()
    desk.sync()
    assert [alert in ticket["description"] for ticket in desk.tickets()] == [True]


def test_without_the_role_to_acknowledge_everything_else_works(desk: Desk) -> None:
    desk.open(BAKERY)
    desk.sandbox.state.switches.acknowledge_forbidden = True
    desk.alert()
    desk.sync()
    desk.sandbox.state.complete_ticket(desk.tickets()[0]["id"])
    run = desk.sync()
    assert run.state == RunState.SUCCEEDED
    assert ("acknowledge", "dropped", "acknowledge_denied") in desk.steps()


def test_where_the_key_cannot_be_asked_for_tickets_are_made_and_a_lost_answer_waits_for_a_person(
    desk: Desk, set_clock: Clock
) -> None:
    desk.open(BAKERY)
    db.session.execute(update(TicketFieldRow).where(TicketFieldRow.name == "externalID").values(queryable=False))
    desk.alert(device="PC-01")
    desk.sync()
    desk.alert(device="PC-02", group="other")
    desk.sandbox.state.faults.add(
        "reset_after", host="autotask", method="POST", path="/Tickets", times=1, body_contains="companyID"
    )
    desk.sync()
    set_clock("2026-11-23T11:20:00+00:00")
    db.session.execute(update(TicketFieldRow).values(read_at=now()))  # this Autotask still says the same
    run = desk.sync()
    assert len(desk.tickets()) == 2
    assert ("create", "failed", "ticket_outcome_unknown") in desk.steps()
    assert run.state == RunState.PARTIAL


def test_where_autotask_lists_no_choices_the_ids_are_taken_as_they_were_typed(desk: Desk) -> None:
    desk.open(BAKERY)
    db.session.execute(update(TicketFieldRow).values(choices=[], read_at=now()))
    desk.alert()
    desk.sync()
    assert [ticket["queueID"] for ticket in desk.tickets()] == [QUEUE]
