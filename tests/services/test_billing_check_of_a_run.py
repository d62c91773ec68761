"""The billing check after a real run against the sandbox: what the run keeps is what the check says."""

from __future__ import annotations

from decimal import Decimal

from tests import builders
from tests.world import World
from webapp.domain import Month
from webapp.services import billing_check
from webapp.services.billing_rows import Standing


def test_what_a_real_run_keeps_is_what_the_check_says(world: World) -> None:
    world.customer(builders.BAKERY, units=12, usage=15, price=3.5)
    world.customer(builders.SHIPPING, units=10, usage=40, price=3.5)
    world.customer(builders.ESTATES, units=20, usage=18, price=3.5)
    world.customer(builders.DENTIST, units=None, usage=7)
    world.sync()
    check = billing_check.check(Month(2026, 11))
    found = {row.customers[0].name: row for row in check.rows}
    bakery, estates = found[builders.BAKERY], found[builders.ESTATES]
    assert (bakery.standing, bakery.units, bakery.confirmed, bakery.amount) == (Standing.BILLED, 15, 15, Decimal(0))
    assert (found[builders.SHIPPING].standing, found[builders.SHIPPING].amount) == (Standing.HELD, Decimal("105.0"))
    assert (estates.standing, estates.difference) == (Standing.LOWER, -2)
    assert (found[builders.DENTIST].standing, found[builders.DENTIST].code) == (Standing.UNBILLED, "unbilled_no_line_held")
    assert check.problems == []
