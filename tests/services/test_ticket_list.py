"""The rows of the tickets page: every filter and the counts, on both databases."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.builders import BAKERY, FREIGHT, SEEN, add_company, add_customer, add_result, add_run
from tests.ticket_rows import add_alert, add_refused_ticket, add_run_ticket, add_step, add_ticket, add_watch
from webapp.extensions import db
from webapp.models import AlertRow, Ticket
from webapp.services import run_list, ticket_counts, ticket_list, ticket_page
from webapp.services.run_filter import RunFilter
from webapp.services.ticket_filter import TicketFilter


@pytest.fixture
def rows(context: Flask) -> dict[str, str]:
    """One ticket or alert of each kind that a filter tells from the others; the names by what the page shows."""
    bakery = add_customer(company=add_company(), ticket_sync=True, id="11111111-0000-0000-0000-000000000000")
    freight = add_customer(name=FREIGHT)
    failed, _ = add_refused_ticket(customer=bakery, title="failed")
    opened = add_ticket(customer=bakery, title="open")
    for number in range(3):
        add_alert(customer=bakery, ticket=opened, severity="medium" if number else "high", device_name=f"PC-{number}")
    add_step(ticket=opened, kind="note", state="failed", code="ticket_refused", params={"text": "no", "field": "note"})
    opening = add_ticket(customer=bakery, title="opening", made_at=SEEN - timedelta(days=1))
    completed = add_ticket(customer=bakery, title="completed")
    add_alert(customer=bakery, ticket=completed, gone_at=SEEN, gone_how="vanished", severity="low", device_name="SERVER-ÄÖ")
    deleted = add_ticket(customer=freight, state="deleted", title="deleted")
    completed.state = "completed"
    opening.state, opening.autotask_id, opening.number = "opening", None, ""
    add_alert(customer=bakery, state="waiting", description="waiting", due_at=SEEN + timedelta(hours=1))
    add_alert(customer=bakery, state="planned", description="planned")
    add_alert(customer=bakery, state="shown", description="shown", severity="low")
    add_alert(customer=freight, state="unmapped", description="unmapped", type="Event::Odd", id="odd-id")
    add_alert(customer=freight, state="ignored", description="ignored", severity="low")
    add_alert(customer=bakery, state="over", description="over", gone_at=SEEN)
    db.session.commit()
    return {"failed": failed.number, "open": opened.number, "deleted": deleted.number, "opened": str(opened.autotask_id)}


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({}, {"failed", "open", "opening", "waiting", "planned"}),
        ({"show": "waiting"}, {"opening", "waiting", "planned"}),
        ({"show": "failed"}, {"failed", "open"}),
        ({"show": "past"}, {"completed", "deleted"}),
        ({"show": "alerts"}, {"waiting", "planned", "shown", "unmapped", "ignored"}),
        ({"show": "alerts", "state": "shown"}, {"shown"}),
        ({"show": "all", "severity": "low"}, {"completed", "shown", "ignored"}),
        ({"show": "all", "q": "albion"}, {"deleted", "unmapped", "ignored"}),
        ({"show": "all", "q": "pc-2"}, {"open"}),
        ({"show": "all", "q": "SERVER-ÄÖ"}, {"completed"}),
        ({"show": "all", "q": "::odd"}, {"unmapped"}),
        ({"show": "all", "q": "odd-id"}, {"unmapped"}),
        ({"show": "all", "q": "100%"}, set()),
        ({"show": "past", "customer": "11111111-0000-0000-0000-000000000000"}, {"completed"}),
    ],
)
def test_each_filter_shows_the_rows_it_names(rows: dict[str, str], wanted: dict[str, Any], titles: set[str]) -> None:
    page = ticket_list.page(TicketFilter(**wanted))
    assert {row.title for row in page.rows} == titles
    assert page.total == len(titles)


def test_a_ticket_is_found_by_its_number_and_by_its_id(rows: dict[str, str]) -> None:
    for q in (rows["open"], rows["opened"]):
        assert [row.title for row in ticket_list.page(TicketFilter(show="all", q=q)).rows] == ["open"]


def test_a_row_tells_what_its_alerts_are_and_why_it_stands_so(rows: dict[str, str]) -> None:
    page = ticket_list.page(TicketFilter())
    found = {row.title: row for row in page.rows}
    assert page.rows[0].title == "failed"  # what needs a person comes first
    assert (found["open"].severity, found["open"].alerts, found["open"].devices) == ("high", 3, 2)
    assert {name: row.why.key for name, row in found.items() if row.why} == {
        "failed": "ticket_field_required",
        "open": "ticket_refused",
        "opening": "step_not_sent",
        "waiting": "alert_waiting",
        "planned": "alert_planned",
    }


def test_the_counts_say_what_is_behind_each_tab(rows: dict[str, str]) -> None:
    standing = ticket_counts.standing()
    for show, number in standing.tabs.items():
        assert ticket_list.page(TicketFilter(show=show)).total == number, show
    assert (standing.to_create, standing.alerts["unmapped"], standing.unmapped_customers, standing.switched_on) == (1, 1, 1, 1)


def test_the_counts_of_customers_begin_with_those_that_cannot_be_read(rows: dict[str, str], context: Flask) -> None:
    quiet = add_customer(name="Quiet")
    add_watch(customer=quiet)
    shut = add_customer(name="Zoo")
    add_watch(customer=shut, status="failed", code="alerts_forbidden")
    page = ticket_counts.customers(TicketFilter(show="customers"))
    assert [row.name for row in page.rows] == ["Zoo", BAKERY, FREIGHT]
    zoo, bakery, freight = page.rows
    assert zoo.cause
    assert zoo.cause.key == "alerts_forbidden"
    assert (bakery.tickets, bakery.failed, bakery.alerts, bakery.shown, bakery.mapped) == (3, 1, 3, 1, True)
    assert (freight.tickets, freight.alerts, freight.unmapped, freight.mapped) == (0, 2, 1, False)


def test_ten_thousand_tickets_cost_a_handful_of_queries(context: Flask) -> None:
    customers = [add_customer(name=f"Customer {number}", ticket_sync=True) for number in range(20)]
    common = {"company_id": 1, "description": "", "fields": {}, "made_at": SEEN, "state": "completed"}
    tickets = [
        dict(common, id=n, key=f"k{n}", customer_id=customers[n % 20].id, trouble=f"t{n}", title=f"Malware {n}", number=f"T{n}")
        for n in range(1, 10_001)
    ]
    seen = {"raised_at": SEEN, "first_seen_at": SEEN, "last_seen_at": SEEN, "state": "ticketed", "severity": "high"}
    alerts = [
        dict(seen, id=f"a{n}", customer_id=customers[n % 20].id, trouble=f"t{n}", ticket_id=n, device_name=f"PC-{n}")
        for n in range(1, 10_001)
    ]
    db.session.execute(db.insert(Ticket), tickets)
    db.session.execute(db.insert(AlertRow), alerts)
    db.session.commit()
    queries: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda c, cursor, statement, *rest: queries.append(statement))
    began = time.monotonic()
    page = ticket_list.page(TicketFilter(show="all", q="pc-99", page=2))
    assert (page.total, page.pages, len(page.rows)) == (111, 3, 50)
    assert len(queries) < 10
    ticket_counts.standing()
    assert len(queries) < 20
    assert time.monotonic() - began < 2


def test_the_trail_of_a_ticket_goes_from_the_first_sight_to_the_end(context: Flask) -> None:
    customer = add_customer()
    ticket = add_ticket(customer=customer, state="completed")
    later = SEEN + timedelta(hours=2)
    alert = add_alert(customer=customer, ticket=ticket, gone_at=later, gone_how="vanished")
    add_step(ticket=ticket, alert=alert)
    add_step(ticket=ticket, kind="complete", done_at=later + timedelta(minutes=1))
    add_step(ticket=ticket, kind="acknowledge", state="planned", made_at=SEEN)
    page = ticket_page.ticket(ticket.id)
    told = [event.step.kind if event.step else event.what for event in page.trail]
    assert told == ["received", "create", "gone", "complete", "acknowledge"]


def test_scheduled_ticket_runs_in_which_nothing_happened_are_listed_only_when_asked_for(context: Flask) -> None:
    customer = add_customer()
    quiet = add_run(kind="tickets", month=None)
    asked = add_run(kind="tickets", month=None, trigger="web")
    busy = add_run(kind="tickets", month=None)
    add_run_ticket(run=busy, customer=customer)
    failed = add_run(kind="tickets", month=None)
    add_result(run=failed, customer=customer, state="failed", error_code="alerts_forbidden")
    usage = add_run()
    db.session.commit()
    listed = run_list.page(RunFilter())
    assert [run.id for run in listed.runs] == [usage.id, failed.id, busy.id, asked.id]
    assert listed.total == 4
    assert quiet.id in [run.id for run in run_list.page(RunFilter(kind="tickets")).runs]
    assert quiet.id in [run.id for run in run_list.newest(RunFilter(), limit=10)]  # kontor runs
