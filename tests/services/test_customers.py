"""The list of customers: search, filters, order, pages, and what a row says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests import builders
from tests.builders import OPERATOR, SEEN, add_company, add_contract, add_customer, add_finding
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Change, Customer, Run, RunResult
from webapp.services import bulk_edits, customers
from webapp.services.customer_filter import CustomerFilter
from webapp.services.customer_rows import CustomerRow


def listed(**wanted: Any) -> list[str]:
    return [row.name for row in customers.page(CustomerFilter(**wanted)).rows]


def add_run(**more: Any) -> Run:
    values = {"kind": "usage", "trigger": "cli", "requested_by": OPERATOR, "state": "succeeded", "created_at": SEEN} | more
    run = Run(**values)
    db.session.add(run)
    db.session.flush()
    return run


def add_result(customer: Customer, run: Run, **more: Any) -> None:
    values = {"state": "succeeded"} | more
    db.session.add(RunResult(run_id=run.id, customer_id=customer.id, customer_name=customer.name, **values))
    mapping = customer.mapping
    mapping.status, mapping.status_at, mapping.status_run_id = values["state"], SEEN, run.id
    mapping.status_code = values.get("error_code")
    db.session.flush()


def add_held_change(customer: Customer, run: Run) -> None:
    db.session.add(
        Change(
            contract_id=1, service_id=2, customer_ids=[customer.id, "another"], month="2026-11", before=1, target=0, delta=-1,
            effective_date=date(2026, 11, 23), state="held", reason="hold_to_zero", run_id=run.id, created_at=SEEN,
            changed_at=SEEN,
        )
    )  # fmt: skip
    db.session.flush()


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def test_customers_are_found_by_their_name_their_company_and_their_id(context: Flask) -> None:
    add_customer(name="Bäckerei Wöhrle KG", company=add_company(name="Wöhrle Brot AG"))
    other = add_customer(name="Zoo", show_as="Tierpark Görlitz")
    assert listed(q="baeckerei") == listed(q="WÖHRLE BROT") == ["Bäckerei Wöhrle KG"]
    assert listed(q="görl") == listed(q=other.id.upper()) == ["Tierpark Görlitz"]
    assert listed(q="%") == listed(q="_") == []


def test_every_chip_shows_as_many_customers_as_it_counts(context: Flask) -> None:
    run, company = add_run(), add_company()
    failed, fine = add_customer(name="Failed", company=company), add_customer(name="Fine", company=company)
    add_result(failed, run, state="failed", error_code="contract_ended", error_params={"contract": "X", "date": "2026-10-31"})
    add_result(fine, run)
    waits = add_customer(name="Held", company=company)
    add_held_change(waits, run)
    add_finding(code="contract_ends", customer=add_customer(name="Found"))
    add_finding(code="customer_unmapped", customer=add_customer(name="Remark"), weight="info")
    add_finding(code="customer_missing", customer=add_customer(name="Cleared"), cleared_at=SEEN)
    add_customer(name="Term", billing_type="term", company=company)
    add_customer(name="Gone", gone_at=SEEN)

    counts = customers.page(CustomerFilter()).counts
    shown = {
        "all": listed(),
        "available": listed(available=True),
        "successful": listed(statuses=("successful",)),
        "failed": listed(statuses=("failed",)),
        "unmapped": listed(mapped=False),
        "attention": listed(attention=True),
    }
    assert {chip: len(names) for chip, names in shown.items()} == counts
    assert shown["attention"] == ["Failed", "Found", "Held"]
    assert shown["unmapped"] == ["Cleared", "Found", "Gone", "Remark"]
    assert set(shown["all"]) - set(shown["available"]) == {"Term", "Gone"}
    assert listed(statuses=("successful", "failed")) == ["Failed", "Fine"]
    assert listed(mapped=True, statuses=("failed",)) == ["Failed"]
    assert customers.page(CustomerFilter(q="held")).counts == {
        "all": 1, "available": 1, "successful": 0, "failed": 0, "unmapped": 0, "attention": 1,
    }  # fmt: skip


def test_rows_are_sorted_as_people_read_and_what_is_empty_comes_last(context: Flask) -> None:
    a, b = add_company(name="Ärzte"), add_company(name="zoo")
    add_customer(name="Über", company=b, contract=add_contract(company=b, name="alpha"))
    add_customer(name="Adler", company=a, contract=add_contract(company=a, name="Beta"))
    add_customer(name="Zebra")
    assert listed(sort="name") == ["Adler", "Über", "Zebra"]
    assert listed(sort="-name") == ["Zebra", "Über", "Adler"]
    assert listed(sort="company") == ["Adler", "Über", "Zebra"]
    assert listed(sort="-company") == ["Über", "Adler", "Zebra"]
    assert listed(sort="contract") == ["Über", "Adler", "Zebra"]
    assert listed(sort="-contract") == ["Adler", "Über", "Zebra"]


def test_the_status_column_begins_with_what_failed(context: Flask) -> None:
    run = add_run()
    add_result(add_customer(name="Adler"), run)
    add_result(add_customer(name="Bauer"), run, state="failed")
    add_customer(name="Carl")
    assert listed(sort="-status") == ["Bauer", "Adler", "Carl"]


def test_a_page_holds_fifty_and_a_page_past_the_end_is_the_last(context: Flask) -> None:
    for number in range(120):
        add_customer(name=f"Customer {number:03d}")
    page = customers.page(CustomerFilter(page=2))
    assert (page.total, page.pages, page.first, page.last, page.rows[0].name) == (120, 3, 51, 100, "Customer 050")
    beyond = customers.page(CustomerFilter(page=99))
    assert (beyond.filter.page, beyond.first, beyond.last) == (3, 101, 120)
    nothing = customers.page(CustomerFilter(q="nobody", page=4))
    assert (nothing.filter.page, nothing.total, nothing.installed, nothing.first, list(nothing.rows)) == (1, 0, 120, 0, [])


def test_a_full_page_takes_as_few_queries_as_one_row(context: Flask) -> None:
    def fill(number: int) -> None:
        for _ in range(number):
            company = add_company()
            contract = add_contract(company=company)
            add_customer(company=company, contract=contract)
            add_customer(name="Without")

    fill(1)
    with counted_queries() as few:
        customers.page(CustomerFilter())
    fill(30)
    with counted_queries() as many:
        customers.page(CustomerFilter())
    assert len(many) == len(few) <= 7


def test_a_row_alone_is_the_row_of_the_page(context: Flask) -> None:
    company = add_company()
    customer = add_customer(company=company, contract=add_contract(company=company), usage_sync=True)
    assert customers.row(customer.id) == customers.page(CustomerFilter()).rows[0]
    with pytest.raises(NotFound):
        customers.row("nobody")


def row(customer: Customer) -> CustomerRow:
    return customers.row(customer.id)


def test_a_row_says_what_became_of_company_and_contract(context: Flask) -> None:
    gone = add_company(name="Gone", missing_since=SEEN)
    company = add_company(name="Here")
    expired = add_contract(company=company, end_date=date(2026, 10, 31))
    cancelled = add_contract(company=company, status=0)
    assert row(add_customer(company=gone)).company_gone
    with_expired = row(add_customer(company=company, contract=expired))
    assert with_expired.contract_expired
    assert not with_expired.contract_cancelled
    assert [choice.id for choice in with_expired.contracts] == [expired.id]
    assert row(add_customer(company=company, contract=cancelled)).contract_cancelled


def test_a_row_says_how_the_last_sync_ended_and_what_is_in_hand(context: Flask) -> None:
    company = add_company()
    run = add_run()
    failed, fine, fresh = (add_customer(company=company, usage_sync=True) for _ in range(3))
    add_result(failed, run, state="failed", error_code="contract_ended", error_params={"contract": "X", "date": "2026-10-31"})
    add_result(fine, run, changed=2)
    assert (row(failed).state, row(failed).error_code) == ("failed", "contract_ended")
    assert (row(fine).state, row(fine).changed) == ("succeeded", 2)
    assert row(fresh).state == "none"
    add_held_change(fine, run)
    assert row(fine).state == "held"
    queued = add_run(state="queued", scope=[fresh.id])
    assert (row(fresh).state, row(fine).state) == ("queued", "held")
    queued.state, queued.scope = "running", None
    db.session.flush()
    assert (row(fresh).state, row(failed).state) == ("running", "running")
    queued.dry_run = True
    db.session.flush()
    assert row(fresh).state == "none"


def test_an_unmapped_customer_is_offered_the_company_of_its_name(context: Flask) -> None:
    company = add_company(name=builders.BAKERY)
    found = row(add_customer(name=builders.BAKERY)).same_name
    assert found is not None
    assert found.id == company.id
    assert row(add_customer(name=builders.BAKERY, company=company)).same_name is None


# --- many at once ---------------------------------------------------------------------------------------------------------


def test_a_bulk_edit_names_who_is_switched_and_who_is_left_out_and_why(context: Flask) -> None:
    company = add_company()
    contract = add_contract(company=company)
    ready = add_customer(name="Ready", company=company, contract=contract)
    on = add_customer(name="On already", company=company, contract=contract, usage_sync=True)
    half = add_customer(name="Half", company=company)
    trial = add_customer(name="Trial", company=company, contract=contract, billing_type="trial")
    chosen = [ready.id, on.id, half.id, trial.id, ready.id]

    seen = bulk_edits.preview(switch="usage_sync", enabled=True, customer_ids=chosen)
    assert list(seen.changed) == [(ready.id, "Ready")]
    assert list(seen.already) == [(on.id, "On already")]
    assert [(out.name, out.code) for out in seen.left_out] == [("Half", "contract_missing"), ("Trial", "usage_sync_trial")]
    assert not ready.mapping.usage_sync

    assert bulk_edits.apply(switch="usage_sync", enabled=True, customer_ids=chosen, by=OPERATOR) == seen
    assert ready.mapping.usage_sync
    assert not half.mapping.usage_sync
    off = bulk_edits.apply(switch="usage_sync", enabled=False, customer_ids=chosen, by=OPERATOR)
    assert [name for _, name in off.changed] == ["On already", "Ready"]


def test_a_bulk_edit_with_an_unknown_customer_changes_nothing(context: Flask) -> None:
    customer = add_customer(company=add_company())
    with pytest.raises(Refused, match="customer_unknown"):
        bulk_edits.apply(switch="ticket_sync", enabled=True, customer_ids=[customer.id, "nobody"], by=OPERATOR)
    assert not customer.mapping.ticket_sync


def test_everything_the_filter_shows_is_more_than_one_page(context: Flask) -> None:
    for number in range(60):
        add_customer(name=f"Customer {number:03d}", billing_type="usage" if number else "trial")
    assert len(customers.ids(CustomerFilter(available=True))) == 59
    assert len(customers.ids(CustomerFilter(q="customer"))) == 60
