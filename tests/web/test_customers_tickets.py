"""Ticket sync on the customers page, on the customer's own page, in bulk and on the overview."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import BAKERY, DENTIST, SHIPPING, add_company, add_customer
from tests.web.conftest import Pages
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, AuditEntry, Ticket, TicketWatch
from webapp.services import mapping_files, mappings, ticket_watches

PATH = "/psa/autotask/customers"


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def row(page: str, customer_id: str) -> str:
    found = re.search(rf'<tbody id="customer-{customer_id}".*?</tbody>', page, re.DOTALL)
    assert found
    return words(found[0])


def add_alert(customer_id: str, state: str, number: int = 1, **more: Any) -> None:
    for each in range(number):
        facts = dict.fromkeys(("raised_at", "first_seen_at", "last_seen_at"), now()) | more
        db.session.add(AlertRow(id=f"{customer_id}-{state}-{each}", customer_id=customer_id, trouble="t", state=state, **facts))
    db.session.flush()


def add_ticket(customer_id: str, state: str = "open", trouble: str = "t") -> None:
    values = {"company_id": 1, "title": "Sophos: malware", "description": "", "made_at": now()}
    db.session.add(Ticket(key=f"{customer_id[-8:]}-{trouble}", customer_id=customer_id, trouble=trouble, state=state, **values))
    db.session.flush()


@pytest.fixture
def bakery(app: Flask) -> str:
    """A mapped customer with ticket sync off."""
    with app.app_context():
        customer = add_customer(name=BAKERY, company=add_company())
        db.session.commit()
        return customer.id


def switch(customer_id: str, *, on: bool = True) -> TicketWatch:
    mappings.set_ticket_sync(customer_id=customer_id, enabled=on, by="test")
    return db.session.get_one(TicketWatch, customer_id)


def read(watch: TicketWatch, code: str | None = None) -> None:
    moment = now()
    watch.read_at = watch.status_at = moment
    watch.first_pass_at = None if code else moment
    watch.status, watch.code, watch.failures = ("failed" if code else "successful"), code, int(bool(code))


def audited(app: Flask, action: str) -> list[tuple[str, Any]]:
    with app.app_context():
        found = db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [(entry.subject, entry.after) for entry in found]


def test_switching_on_says_that_open_alerts_are_shown_and_the_row_that_nothing_was_read(operator: Pages, bakery: str) -> None:
    answer = operator.post(f"{PATH}/{bakery}/ticket-sync", {"enabled": "on"}, htmx=True, status=200)
    assert "Alerts that are open already are shown, not ticketed." in answer.headers["HX-Trigger"]
    assert "Not read yet Alerts open already are only shown" in words(answer.text)


def test_the_row_has_the_cause_with_advice_and_the_open_tickets(operator: Pages, app: Flask, bakery: str) -> None:
    with app.app_context():
        read(switch(bakery), "permission_missing")
        add_ticket(bakery)
        add_ticket(bakery, trouble="u")
        add_ticket(bakery, "completed", trouble="v")
        other = add_customer(name=SHIPPING, company=add_company(name=SHIPPING)).id
        read(switch(other))
        db.session.commit()
    page = operator.get(PATH)
    assert "2 open tickets" in row(page, bakery)
    assert "permission_missing" in row(page, bakery)
    assert "open ticket" not in row(page, other)
    assert "Successful" in row(page, other)
    attention = operator.get(f"{PATH}?attention=1")
    assert f"customer-{bakery}" in attention
    assert f"customer-{other}" not in attention
    assert f"customer-{bakery}" not in operator.get(f"{PATH}?status=failed")


def test_a_code_of_another_version_stands_for_itself_and_the_pages_open(operator: Pages, app: Flask, bakery: str) -> None:
    with app.app_context():
        read(switch(bakery), "never_heard_of")
        db.session.commit()
    for page in (operator.get(PATH), operator.get(f"{PATH}/{bakery}"), operator.get("/overview")):
        assert page
    assert "never_heard_of" in operator.get(f"{PATH}/{bakery}")


def test_the_customer_s_page_offers_tickets_for_open_alerts_until_the_first_reading(
    operator: Pages, viewer: Pages, app: Flask, bakery: str
) -> None:
    with app.app_context():
        switch(bakery)
        db.session.commit()
    button = "Also create tickets for alerts that are open already"
    assert button in operator.get(f"{PATH}/{bakery}")
    assert button not in viewer.get(f"{PATH}/{bakery}")
    for _twice in range(2):
        operator.post(f"{PATH}/{bakery}/open-alerts", {"open_alerts": "ticket"})
    assert audited(app, "open_alerts") == [(f"customer:{bakery}", {"also_open": True})]
    assert "Only show alerts that are open already" in operator.get(f"{PATH}/{bakery}")
    with app.app_context():
        read(db.session.get_one(TicketWatch, bakery))
        add_alert(bakery, "shown", 3)
        add_alert(bakery, "ignored")
        db.session.commit()
    page = words(operator.get(f"{PATH}/{bakery}"))
    assert "Only shown: 3 Ignored by rule: 1" in page
    assert "3 alerts were open already when ticket sync was switched on" in page
    late = operator.post(f"{PATH}/{bakery}/open-alerts", {"open_alerts": "ticket"}, status=422)
    assert "The alerts were read since ticket sync was switched on" in late.text
    viewer.post(f"{PATH}/{bakery}/open-alerts", {"open_alerts": "ticket"}, status=403)


def test_the_bulk_preview_knows_how_many_alerts_are_open_and_of_whom_not(operator: Pages, app: Flask, bakery: str) -> None:
    with app.app_context():
        watch = switch(bakery)
        switch(bakery, on=False)
        watch.read_at = now() - timedelta(hours=1)
        add_alert(bakery, "unmapped", 4)
        new = add_customer(name=SHIPPING, company=add_company(name=SHIPPING)).id
        out = add_customer(name=DENTIST).id
        db.session.commit()
    chosen = {"customer": [bakery, new, out]}
    page = words(operator.post(f"{PATH}/bulk/ticket-sync", chosen, status=200).text)
    assert "4 alerts are open now. For 1 customer the number is not known before the first reading." in page
    assert f"1 is left out: {DENTIST} : Needs a company" in page
    known = words(operator.post(f"{PATH}/bulk/ticket-sync", {"customer": [bakery]}, status=200).text)
    assert "The service desk may get up to 4 tickets at once." in known
    operator.post(f"{PATH}/bulk/ticket-sync/apply", chosen | {"enabled": "on", "open_alerts": "ticket"})
    assert "Alerts that are open already get tickets too" in operator.get(PATH)
    with app.app_context():
        assert [ticket_watches.get(each).also_open for each in (bakery, new)] == [True, True]  # type: ignore[union-attr]
        assert ticket_watches.get(out) is None
    assert len(audited(app, "open_alerts")) == 2
    operator.post(f"{PATH}/bulk/ticket-sync/apply", chosen | {"enabled": "on", "open_alerts": "perhaps"}, status=422)


def test_open_tickets_of_a_customer_that_is_switched_off_or_unmapped_stay_and_that_is_said(
    operator: Pages, app: Flask, bakery: str
) -> None:
    with app.app_context():
        switch(bakery)
        add_ticket(bakery)
        db.session.commit()
    stays = "1 open ticket stays as it is; Kontor no longer follows it."
    assert stays in words(operator.post(f"{PATH}/bulk/ticket-sync", {"customer": [bakery]}, status=200).text)
    off = operator.post(f"{PATH}/{bakery}/ticket-sync", {"enabled": "off"}, htmx=True, status=200)
    assert stays in off.headers["HX-Trigger"]
    gone = operator.post(f"{PATH}/{bakery}/company", {"company": ""}, htmx=True, status=200)
    assert stays in gone.headers["HX-Trigger"]


def test_an_import_switches_on_like_the_page_and_begins_anew(app: Flask, bakery: str) -> None:
    with app.app_context():
        read(switch(bakery))
        switch(bakery, on=False)
        db.session.commit()
        file = mapping_files.export().replace("off\r\n", "on\r\n").replace("off\n", "on\n")
        report = mapping_files.import_mappings(data=file.encode(), by="cli:test@box")
        db.session.commit()
        assert (report.errors, report.changed) == ((), 1)
        watch = db.session.get_one(TicketWatch, bakery)
        assert watch.switched_on_at is not None
        assert (watch.first_pass_at, watch.also_open, watch.status) == (None, False, None)


def test_the_overview_has_ticket_sync_only_where_it_is_on_for_somebody(viewer: Pages, app: Flask, bakery: str) -> None:
    assert "Ticket sync" not in viewer.get("/overview")
    with app.app_context():
        read(switch(bakery), "permission_missing")
        add_ticket(bakery)
        add_ticket(bakery, "failed", trouble="u")
        db.session.commit()
    page = words(viewer.get("/overview"))
    assert "Ticket sync: 1 open ticket Autotask refused 1 ticket. The alerts of 1 customer could not be read." in page
    assert "There has been no pass yet." in page
