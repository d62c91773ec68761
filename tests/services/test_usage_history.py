"""The stored usage of a month: a reading replaces it whole, also beside another reading."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

import pytest
from flask import Flask

from tests import builders
from webapp.domain import Month, UsageItem, UsageReport
from webapp.extensions import db
from webapp.models import Product, Usage
from webapp.services import usage_history

NOVEMBER = Month(2026, 11)
BAKERY_ID = "00000000-0000-0000-0000-000000000001"
ITEM = UsageItem(
    customer_id=BAKERY_ID,
    customer_name="Bäckerei Wöhrle KG",
    product_code="CIXA-MSP",
    product_description="Intercept X Advanced",
    product_group="Endpoint",
    sku="",
    order_number="1",
    order_line="1",
    account_status="active",
    billable=15,
    actual=14,
    ordered=20,
)


def keep(*items: UsageItem, customer_ids: list[str] | None = None) -> None:
    usage_history.keep(UsageReport(NOVEMBER, items), run_id=1, customer_ids=customer_ids)


def stored() -> list[tuple[str | None, str, int | None]]:
    found = sorted((row.account_id or "", row.product_code, row.billable) for row in db.session.query(Usage))
    db.session.commit()
    return [(account or None, product, billable) for account, product, billable in found]


def test_two_readings_at_once_do_not_count_every_licence_twice(app: Flask) -> None:
    with app.app_context():
        builders.add_customer(id=BAKERY_ID)
        keep(ITEM)
        db.session.commit()
    in_between, second_done = threading.Event(), threading.Event()

    def second() -> None:
        with app.app_context():
            in_between.wait(10)
            keep(ITEM)
            db.session.commit()
            second_done.set()
            db.session.remove()

    thread = threading.Thread(target=second)
    thread.start()
    with app.app_context():
        keep(ITEM)
        in_between.set()
        second_done.wait(0.5)
        db.session.commit()
        thread.join(20)
        assert stored() == [(BAKERY_ID, "CIXA-MSP", 15)]


@pytest.mark.usefixtures("context")
def test_order_lines_are_summed_and_one_that_cannot_be_read_makes_the_sum_unreadable() -> None:
    builders.add_customer(id=BAKERY_ID)
    keep(ITEM, replace(ITEM, order_line="2", billable=3, actual=None, ordered=-2))
    row = db.session.query(Usage).one()
    assert (row.order_lines, row.billable, row.actual, row.ordered) == (2, 18, None, None)


@pytest.mark.usefixtures("context")
def test_a_reading_of_chosen_customers_leaves_the_others_as_they_are() -> None:
    builders.add_customer(id=BAKERY_ID)
    keep(ITEM, replace(ITEM, customer_id="other", billable=7))
    keep(replace(ITEM, billable=16), customer_ids=[BAKERY_ID])
    assert stored() == [(BAKERY_ID, "CIXA-MSP", 16), ("other", "CIXA-MSP", 7)]
    found = usage_history.reading(NOVEMBER)
    assert found is not None
    assert found.items == 2  # the last whole one


@pytest.mark.usefixtures("context")
def test_licences_of_nobody_we_know_are_kept_apart() -> None:
    keep(replace(ITEM, customer_id=None), replace(ITEM, customer_id="unknown", product_code="XGS-MSP"))
    assert Counter(row.product_code for row in usage_history.unassigned(NOVEMBER)) == {"CIXA-MSP": 1, "XGS-MSP": 1}
    assert db.session.get(Product, "XGS-MSP") is not None
