"""The billing check from what is stored: nothing falls between its rows, and it never looks complete when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import builders
from webapp.domain import Month, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Contract, ContractService, Customer, LineMonth, Run, Usage
from webapp.services import billing_check, connections, preferences
from webapp.services.billing_rows import Row, Standing

NOVEMBER, OCTOBER = Month(2026, 11), Month(2026, 10)
LATER = datetime(2026, 11, 23, 2, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("context")


class Scene:
    """A bakery and a shipping company, each with a contract with one line for the same product."""

    def __init__(self) -> None:
        self.product = builders.add_product()
        self.service = builders.add_service()
        builders.add_product_mapping(product=self.product, service=self.service)
        self.bakery, self.line = self.customer(builders.BAKERY)
        builders.add_reading()

    def customer(self, name: str, **more: object) -> tuple[Customer, ContractService]:
        company = builders.add_company(name=name)
        contract = builders.add_contract(company=company)
        line = builders.add_contract_service(contract=contract, service=self.service)
        values: dict[str, object] = {"usage_sync": True} | more
        return builders.add_customer(name=name, company=company, contract=contract, **values), line  # type: ignore[arg-type]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def rows(month: Month = NOVEMBER) -> list[Row]:
    found = list(billing_check.check(month).rows)
    counted = db.session.scalar(select(func.sum(Usage.billable)).where(Usage.month == str(month))) or 0
    assert sum(row.billable or 0 for row in found) == counted
    return found


def codes(month: Month = NOVEMBER) -> list[str]:
    return [each.key for each in billing_check.check(month).problems]


def test_a_line_in_step_is_billed_and_the_check_is_clean(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery)
    builders.add_line_month(line=scene.line)
    (row,) = rows()
    assert (row.standing, row.target, row.units, row.difference) == (Standing.BILLED, 12, 12, 0)
    assert (row.customers[0].name, row.contract, row.service) == (
        builders.BAKERY,
        "Managed Security 2026",
        "Sophos Email Advanced",
    )
    check = billing_check.check(NOVEMBER)
    assert check.clean
    assert check.needs_confirmation  # the month still runs


def test_what_waits_for_a_person_is_held_with_the_reason_of_its_run(scene: Scene) -> None:
    run = builders.add_run()
    builders.add_usage(customer=scene.bakery, billable=30)
    params = {"percent": 150, "units": 18}
    line = {"contract_service_id": scene.line.id, "state": "held", "reason": "hold_increase", "reason_params": params}
    builders.add_line(run=run, customers=[scene.bakery], **line)
    builders.add_line_month(line=scene.line, target=30, state="held", run_id=run.id)
    (row,) = rows()
    assert (row.standing, row.difference, row.amount) == (Standing.HELD, 18, Decimal("63.0"))
    assert (row.code, row.params["percent"]) == ("hold_increase", 150)


def test_a_held_change_that_was_approved_since_is_billed(scene: Scene) -> None:
    run = builders.add_run()
    builders.add_usage(customer=scene.bakery, billable=15)
    builders.add_line_month(line=scene.line, target=15, state="held", units_on=date(2026, 11, 23))
    ids = {"contract_id": scene.line.contract_id, "contract_service_id": scene.line.id, "service_id": scene.service.id}
    proof = {"state": "confirmed", "units_after": 15, "changed_at": LATER, "confirmed_at": LATER}
    builders.add_change(run=run, **ids, **proof)
    (row,) = rows()
    assert (row.standing, row.units, row.confirmed, row.confirmed_on) == (Standing.BILLED, 15, 15, date(2026, 11, 23))


def test_a_decrease_that_is_confirmed_for_the_next_period_is_no_difference(scene: Scene) -> None:
    run = builders.add_run(closed=True)
    builders.add_usage(customer=scene.bakery, billable=9)
    builders.add_line_month(line=scene.line, target=9, state="confirmed", units_on=date(2026, 11, 30))
    ids = {"contract_id": scene.line.contract_id, "contract_service_id": scene.line.id, "service_id": scene.service.id}
    proof = {"state": "confirmed", "changed_at": LATER, "confirmed_at": LATER, "effective_date": date(2026, 12, 1)}
    builders.add_change(run=run, before=12, target=9, **ids, **proof)
    (row,) = rows()
    assert (row.standing, row.units, row.difference, row.code) == (Standing.BILLED, 12, 0, "check_from_then")


def test_a_dismissed_change_is_named_as_such(scene: Scene) -> None:
    run = builders.add_run()
    builders.add_usage(customer=scene.bakery, billable=15)
    builders.add_line_month(line=scene.line, target=15, state="held")
    ids = {"contract_id": scene.line.contract_id, "contract_service_id": scene.line.id, "service_id": scene.service.id}
    builders.add_change(run=run, state="dismissed", changed_at=LATER, **ids)
    assert [row.standing for row in rows()] == [Standing.DISMISSED]


def test_a_planned_change_says_until_when_it_waits_or_why(scene: Scene) -> None:
    run = builders.add_run()
    builders.add_usage(customer=scene.bakery, billable=15)
    told = builders.add_line(run=run, customers=[scene.bakery], contract_service_id=scene.line.id, state="planned")
    builders.add_line_month(line=scene.line, target=15, state="planned", run_id=run.id)
    assert [row.code for row in rows()] == ["check_mode_observe"]
    preferences.put(name="mode", value="automatic", by="test")
    assert [row.code for row in rows()] == ["check_posted_next"]
    told.waits_until = date(2026, 11, 30)
    db.session.flush()
    (row,) = rows()
    assert (row.standing, row.code, row.until) == (Standing.WAITING, "check_waits_until", date(2026, 11, 30))


def test_a_reason_with_its_own_day_goes_before_the_plain_one(scene: Scene) -> None:
    run = builders.add_run()
    builders.add_usage(customer=scene.bakery, billable=15)
    params = {"target": 15, "before": 12, "date": "2026-11-30"}
    said = {"reason": "waits_for_billing_day", "reason_params": params, "waits_until": date(2026, 11, 30)}
    builders.add_line(run=run, customers=[scene.bakery], contract_service_id=scene.line.id, state="planned", **said)
    builders.add_line_month(line=scene.line, target=15, state="planned", run_id=run.id)
    (row,) = rows()
    assert (row.standing, row.code, row.until) == (Standing.WAITING, "waits_for_billing_day", date(2026, 11, 30))


def test_a_failed_line_carries_its_code(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery)
    builders.add_line_month(line=scene.line, units=None, target=None, state="blocked", code="units_not_readable")
    (row,) = rows()
    assert (row.standing, row.code, row.units, row.difference) == (Standing.FAILED, "units_not_readable", None, None)


def test_every_kind_of_unbilled_usage_is_named_with_its_reason(scene: Scene) -> None:
    builders.add_line_month(line=scene.line, units=12)
    builders.add_usage(customer=scene.bakery)
    other = builders.add_product(code="MDR-MSP", description="MDR")
    builders.add_usage(customer=scene.bakery, product="MDR-MSP", billable=4)
    missing = builders.add_product(code="XGS-MSP", description="Firewall")
    builders.add_product_mapping(product=missing, service=builders.add_service(name="Firewall"))
    builders.add_usage(customer=scene.bakery, product="XGS-MSP", billable=2)
    builders.add_usage(customer=builders.add_customer(name=builders.DENTIST), billable=7)
    off, _line = scene.customer(builders.FREIGHT, usage_sync=False)
    builders.add_usage(customer=off, billable=5)
    builders.add_stray_usage(product=scene.product.code, billable=3, account_name="Old Tenant")
    found = {row.code: row for row in rows() if row.standing is Standing.UNBILLED}
    assert {code: row.difference for code, row in found.items()} == {
        "product_without_service": 4,
        "unbilled_no_line": 2,
        "unbilled_unmapped": 7,
        "unbilled_sync_off": 5,
        "unbilled_no_customer": 3,
    }
    assert found["unbilled_no_customer"].customers[0].name == "Old Tenant"
    assert found["product_without_service"].products[0].name == other.description
    totals = billing_check.check(NOVEMBER).totals
    assert (totals["unbilled"].target, totals["unbilled"].unpriced, totals["usage"].billable) == (21, 5, 33)


def test_a_customer_left_out_of_the_sum_is_unbilled_by_the_name_of_who_decided(scene: Scene) -> None:
    contract = db.session.get(Contract, scene.line.contract_id)
    decided = {"left_out_contract_id": scene.line.contract_id, "left_out_by": "user:dana"}
    left = builders.add_customer(name=builders.ESTATES, contract=contract, usage_sync=False, mapping=decided)
    builders.add_usage(customer=scene.bakery)
    builders.add_usage(customer=left, billable=6)
    builders.add_line_month(line=scene.line)
    found = {row.standing: row for row in rows()}
    assert found[Standing.BILLED].billable == 12
    assert (found[Standing.UNBILLED].code, found[Standing.UNBILLED].params["by"]) == ("unbilled_left_out", "dana")


def test_excluded_and_included_licences_are_named_as_such(scene: Scene) -> None:
    product = builders.add_product(code="MDR-MSP")
    builders.add_product_mapping(product=product, service=builders.add_service(name="MDR"), exclude=True)
    builders.add_product_mapping(product=scene.product, customer=scene.bakery, included=2)
    builders.add_usage(customer=scene.bakery, billable=14)
    builders.add_usage(customer=scene.bakery, product="MDR-MSP", billable=9)
    builders.add_line_month(line=scene.line, units=12)
    found = {row.standing: row for row in rows()}
    assert (found[Standing.BILLED].included, found[Standing.BILLED].target) == (2, 12)
    assert (found[Standing.EXCLUDED].billable, found[Standing.EXCLUDED].difference) == (9, 0)


def test_a_month_that_was_never_read_has_no_rows_and_says_so(scene: Scene) -> None:
    check = billing_check.check(OCTOBER)
    assert (check.rows, check.read_at, check.clean) == ((), None, False)
    assert codes(OCTOBER) == ["check_usage_missing"]


def test_a_line_that_no_run_has_read_is_to_be_read(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery)
    assert [(row.standing, row.code) for row in rows()] == [(Standing.NOT_READ, "check_line_not_read")]
    assert codes() == ["check_lines_unread"]


def test_usage_that_came_for_chosen_customers_only_is_not_the_whole_month(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery, month="2026-10")
    assert "check_usage_partial" in codes(OCTOBER)


def test_old_figures_are_called_old(scene: Scene, set_clock: Callable[[str], object]) -> None:
    builders.add_usage(customer=scene.bakery)
    builders.add_line_month(line=scene.line)
    assert codes() == []
    set_clock("2026-11-24T12:00:00+00:00")
    assert codes() == ["check_old"]


def test_a_month_that_is_over_was_to_be_read_after_its_end_and_closed(scene: Scene, set_clock: Callable[[str], object]) -> None:
    builders.add_usage(customer=scene.bakery)
    builders.add_line_month(line=scene.line)
    set_clock("2026-12-01T11:00:00+00:00")
    assert codes() == ["check_read_before_end", "check_not_closed"]
    read = datetime(2026, 12, 2, 1, tzinfo=UTC)
    builders.add_reading(read_at=read)
    builders.add_run(closed=True)
    assert codes() == ["check_lines_older"]  # the usage was read again, the line was not
    for line in db.session.scalars(select(LineMonth)):
        line.read_at = read
    db.session.flush()
    assert codes() == []


def test_a_failed_run_puts_the_figures_in_doubt(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery)
    builders.add_line_month(line=scene.line)
    run = builders.add_run(state="failed", error_code="usage_incomplete")
    check = billing_check.check(NOVEMBER)
    assert [(each.key, each.params) for each in check.problems] == [("check_run_failed", {"run": str(run.id)})]
    assert not check.complete


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2026-11-23T11:00:00+00:00", "2026-11"),
        ("2026-12-01T11:00:00+00:00", "2026-11"),
        ("2026-12-07T11:00:00+00:00", "2026-11"),
        ("2026-12-08T11:00:00+00:00", "2026-12"),
    ],
)
def test_the_month_whose_close_is_due_comes_first(moment: str, month: str, set_clock: Callable[[str], object]) -> None:
    set_clock(moment)
    assert str(billing_check.month_asked_for(None)) == month


@pytest.mark.parametrize(
    ("text", "code"), [("2026-13", "month_invalid"), ("soon", "month_invalid"), ("2026-12", "month_in_future")]
)
def test_what_is_no_month_or_lies_ahead_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        billing_check.month_asked_for(text)
    assert refusal.value.code == code


def test_the_months_to_choose_from_have_usage(scene: Scene) -> None:
    builders.add_usage(customer=scene.bakery, month="2026-08")
    assert [str(each) for each in billing_check.months(OCTOBER)] == ["2026-11", "2026-10", "2026-08"]


def test_reading_again_asks_for_one_dry_run_of_the_month(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr("webapp.queueing.enqueue_run", queued.append)
    with pytest.raises(Refused):
        billing_check.read_again(month=OCTOBER, by="user:dana")
    for system in ("sophos", "autotask"):
        connections.store(system=system, credentials={}, facts={}, by="test")
    real = Run(kind=RunKind.USAGE, trigger="web", requested_by="user:dana", state="queued", created_at=builders.SEEN)
    db.session.add(real)
    db.session.commit()
    first, second = (billing_check.read_again(month=OCTOBER, by="user:dana") for _ in range(2))
    assert first.id == second.id != real.id
    assert (first.dry_run, first.month, first.kind) == (True, "2026-10", RunKind.USAGE)
    assert billing_check.run_in_hand(OCTOBER) == first.id
    assert billing_check.run_in_hand(NOVEMBER) == real.id


def test_the_seal_differs_as_soon_as_a_figure_does(scene: Scene) -> None:
    usage = builders.add_usage(customer=scene.bakery)
    line = builders.add_line_month(line=scene.line)
    before = billing_check.check(NOVEMBER)
    line.read_at = builders.SEEN + timedelta(hours=1)  # read again with the same figures
    db.session.flush()
    again = billing_check.check(NOVEMBER)
    assert before.seal() == again.seal()
    usage.billable = 13
    db.session.flush()
    assert billing_check.check(NOVEMBER).seal() != before.seal()
    assert replace(again, running=False).seal() != before.seal()
