"""Facts for tests of the pure plan: one contract, with as much of everything as a test asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from webapp.domain import Billing, Contract, Month, ProductRule, UnitRow
from webapp.services.billing_dates import Occasion
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan, Member, Used
from webapp.services.usage_plan import plan_contract

TODAY = date(2026, 11, 23)
BAKERY, SHIPPING = Member("bakery", "Bäckerei Wöhrle KG"), Member("shipping", "Carlsen Reederei GmbH & Co. KG")
ENDPOINT, EMAIL = "CIXA-MSP", "CEMA-MSP"
ENDPOINT_SERVICE, EMAIL_SERVICE = 201, 202
CONTRACT = Contract(
    id=1,
    company_id=11,
    name="Managed Security",
    number=None,
    contract_type=7,
    status=1,
    start_date=date(2026, 1, 1),
    end_date=date(2027, 12, 31),
    period_type=2,
    renewed_contract_id=None,
)


def unit_row(units: int | None, *, start: date | None = date(2026, 11, 1), end: date | None = date(2026, 11, 30)) -> UnitRow:
    return UnitRow(id=1, contract_service_id=1, start_date=start, end_date=end, units=units, price=5.0, posted=False)


def line(units: int | None, *, id: int = 101, service: int = ENDPOINT_SERVICE, **more: Any) -> Line:
    """A line with ``units`` this month; None: no row covers today."""
    rows = () if units is None else (unit_row(units),)
    return Line(id, service, "Sophos Intercept X", **({"period_type": 2, "rows": rows} | more))


def used(billable: int | None, *, by: Member = BAKERY, product: str = ENDPOINT, **more: Any) -> Used:
    return Used(by.customer_id, product, billable, **more)


def rule(product: str = ENDPOINT, service: int | None = ENDPOINT_SERVICE, **more: Any) -> ProductRule:
    return ProductRule(product, service, **more)


def facts(
    *lines: Line,
    usage: Iterable[Used] = (),
    rules: Iterable[ProductRule] = (rule(), rule(EMAIL, EMAIL_SERVICE)),
    members: Iterable[Member] = (BAKERY,),
    own: Mapping[tuple[str, str], ProductRule] | None = None,
    contract: Contract | None = CONTRACT,
    mapped: frozenset[int] = frozenset({ENDPOINT_SERVICE, EMAIL_SERVICE}),
    **more: Any,
) -> Facts:
    """``rules`` hold for every member; ``own`` are rules of single customers, by (product, customer)."""
    members = tuple(members)
    everyone = {(each.product_code, member.customer_id): each for each in rules for member in members}
    return Facts(
        contract_id=1,
        contract_name="Managed Security",
        contract=contract,
        members=members,
        lines=lines,
        usage=tuple(usage),
        rules=everyone | dict(own or {}),
        mapped_services=mapped,
        service_names={ENDPOINT_SERVICE: "Sophos Intercept X", EMAIL_SERVICE: "Sophos Email"},
        **more,
    )


def running(on: date = TODAY) -> Occasion:
    """The running month, on that day."""
    return Occasion(Month.of(on), on)


def plan(what: Facts, *, on: date = TODAY, occasion: Occasion | None = None, **limits: Any) -> tuple[LinePlan, ...]:
    return plan_contract(what, occasion=occasion or running(on), limits=Limits(**limits))


def only(what: Facts, *, on: date = TODAY, occasion: Occasion | None = None, **limits: Any) -> LinePlan:
    """The plan of a contract that has just one line to speak of."""
    (found,) = plan(what, on=on, occasion=occasion, **limits)
    return found


def said(found: LinePlan) -> tuple[str, str | None, str]:
    """State, code and reason."""
    return found.state.value, found.code, found.reason.key


# --- the billing ways ------------------------------------------------------------------------------------------------------

NOVEMBER = Month(2026, 11)
WAYS = list(Billing)


def day(text: str) -> date:
    return date.fromisoformat(text)


def rows(*units: tuple[str, int | None], posted: Iterable[str] = ()) -> tuple[UnitRow, ...]:
    """Unit rows that begin on these days, each up to the next; the last to the end of the contract's month."""
    begun, found = [day(start) for start, _ in units], []
    for number, (start, figure) in enumerate(units):
        end = begun[number + 1] - timedelta(days=1) if number + 1 < len(begun) else day("2027-12-31")
        found.append(UnitRow(number + 1, 101, day(start), end, figure, 5.0, start in posted))
    return tuple(found)


def standing(*units: tuple[str, int | None], posted: Iterable[str] = (), **more: Any) -> Line:
    """A line with these rows, all of them read."""
    every = rows(*units, posted=posted)
    return line(None, **({"rows": every, "later": every[1:]} | more))


def months(units: int, *, posted: Iterable[str] = (), **more: Any) -> Line:
    """A line with the same units in each month."""
    starts = [f"2026-{month:02d}-01" for month in range(8, 13)] + ["2027-01-01", "2027-02-01"]
    return standing(*((start, units) for start in starts), posted=posted, **more)


def close(on: str = "2026-12-02", month: Month = NOVEMBER) -> Occasion:
    return Occasion(month, day(on), closed=True)


def on(text: str, **more: int) -> Occasion:
    return Occasion(Month.of(day(text)), day(text), **more)


def of(units: Line, usage: int | None, way: Billing, **more: Any) -> Facts:
    return facts(units, usage=[] if usage is None else [used(usage)], billing=way, **more)


def effect(found: LinePlan) -> tuple[str, str | None, int | None]:
    text = found.effective_date.isoformat() if found.effective_date else None
    return found.state.value, text, found.delta
