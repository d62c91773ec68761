"""The demo: 60 customers, 66 companies and the own one, contracts of every kind, four months of usage, alerts.

Of the customers meant to be mapped, the first 22 are in step, 8 have small increases, and the rest show one case each
(`CASES`). Dates are computed from the running day; ids are the same every day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from .products import PRODUCTS
from .seed_names import MAPPED, MAPPED_COUNT, NEWCOMER, OTHER_COMPANIES, PEOPLE, UNMAPPED, Cast
from .seed_special import extra_alerts, unmapped_special
from .state import State
from .units import HALF_YEARLY, MONTHLY, QUARTERLY, YEARLY, add_months

OWN_COMPANY = "Nordlicht Systemhaus GmbH"
IN_STEP, SMALL_INCREASES = 22, 8
EARLIER = (2, 3)
"""The months, back from the running one, whose usage is there as history."""
# What the customers from the 31st on show.
CASES = (
    "jump",  # more than half and more than 10 units: held
    "jump",
    "lower",  # lower so far, decided when the month is closed
    "lower",
    "lower",
    "expired",  # its contract has ended: the sync fails with a cause
    "no service",  # uses a product that has no service in the catalogue
    "yearly",  # a contract with yearly periods
    "two contracts",  # two contracts in effect, mapped to the first
    "renewal",  # ends within 30 days, its successor is there
)
# How the catalogue names a product: by SKU, by external id, by the exact description. NDR-MSP has no service.
BY_SKU = ("CIXA-MSP", "CIXAMTR-ADV-MSP", "SVRCIXAMTR-ADV-MSP", "SVRCLOUDADV-MSP", "CEMA-MSP")
BY_EXTERNAL_ID = ("CMA-MSP", "CMS-MSP")
BY_NAME = ("CEMA-PE-ADDON-MSP", "CPHISH-MSP", "CDE-MSP", "CW7-SUP-MSP")
UNRELATED_SERVICES = (
    ("Managed Backup (per TB)", 49.0),
    ("Microsoft 365 Business Premium", 21.6),
    ("Server Monitoring", 18.0),
    ("Remote Support Flatrate", 12.5),
)
BUNDLES = (
    ("CIXA-MSP", "CEMA-MSP", "CDE-MSP"),
    ("CIXAMTR-ADV-MSP", "SVRCIXAMTR-ADV-MSP", "CPHISH-MSP"),
    ("CIXA-MSP", "SVRCLOUDADV-MSP"),
    ("CEMA-MSP", "CEMA-PE-ADDON-MSP", "CMA-MSP"),
    ("CIXA-MSP", "CMS-MSP", "CW7-SUP-MSP"),
)


@dataclass(frozen=True)
class Placed:
    """A customer with its company and first contract, as put into the state."""

    customer_id: str
    company_id: int
    contract_id: int


def demo(state: State) -> None:
    """Fill the state for `kontor demo`."""
    fill(state)


def fill(state: State) -> list[tuple[str, int, int]]:
    """Fill an empty state; gives the mappings that the demo starts with."""
    chance = random.Random(1905)  # noqa: S311 - the same demo every time
    state.switches.usage_rolls = True
    state.add_company(name=OWN_COMPANY, city="Hamburg", company_id=0)
    services = _catalogue(state)
    placed = []
    for number, cast in enumerate(MAPPED):
        placed.append(_mapped_customer(state, chance, services, number, cast))
    for number, cast in enumerate(UNMAPPED):
        _unmapped_customer(state, chance, services, number, cast)
    for name, city, kind, active in OTHER_COMPANIES:
        state.add_company(name=name, city=city, company_type=kind, is_active=active)
    state.add_company(name="Tierarzt am Auenpark", city="Paderborn")
    _usage_edges(state, placed)
    state.approve_and_post(up_to=state.today().replace(day=1) - timedelta(days=1))
    _people(state)
    state.raise_alerts(18)
    extra_alerts(state, placed[0].customer_id, closed=placed[7].customer_id)
    return [(item.customer_id, item.company_id, item.contract_id) for item in placed[:MAPPED_COUNT]]


def _catalogue(state: State) -> dict[str, int]:
    services = {}
    for code, product in PRODUCTS.items():
        price = round(float(product.price) * 2.2, 2)
        if code in BY_SKU:
            services[code] = state.add_service(name=f"Managed {product.name}", sku=code, unit_price=price)
        elif code in BY_EXTERNAL_ID:
            services[code] = state.add_service(name=f"Managed {product.name}", external_id=code, unit_price=price)
        elif code in BY_NAME:
            services[code] = state.add_service(name=product.description(1), unit_price=price)
    for name, price in UNRELATED_SERVICES:
        services[name] = state.add_service(name=name, unit_price=price)
    return services


def add_cast_customer(state: State, cast: Cast, number: int, **how: object) -> str:
    """A customer of the cast, with a contact."""
    person = PEOPLE[number % len(PEOPLE)]
    contact = {
        "firstName": person.first,
        "lastName": person.last,
        "email": f"it{number}@kunde{number:02d}.example",
        "address": {"address1": f"Hauptstraße {number + 1}", "city": cast.city, "countryCode": cast.region[:2].upper()},
    }
    settings: dict[str, object] = {"region": cast.region, "show_as": cast.show_as, "contact": contact, **how}
    return state.add_customer(name=cast.name, **settings)  # type: ignore[arg-type]


def _mapped_customer(state: State, chance: random.Random, services: dict[str, int], number: int, cast: Cast) -> Placed:
    case = "" if number < IN_STEP + SMALL_INCREASES else CASES[number - IN_STEP - SMALL_INCREASES]
    customer = add_cast_customer(state, cast, number, organization=number % 9 == 0)
    company = state.add_company(name=cast.company or cast.name, city=cast.city)
    contract = _contract(state, company, cast, number, case)
    codes = BUNDLES[number % len(BUNDLES)]
    for place, code in enumerate(codes):
        units = chance.randint(4, 60) if place == 0 else chance.randint(2, 30)
        line = state.add_contract_service(contract_id=contract, service_id=services[code], units=units)
        _use(state, customer, code, units, _running(number, place, case, units))
        _grown(state, customer, code, line, fewer=(number + 2 * place) % 4, units=units)
    if number % 4 == 0:
        state.add_contract_service(contract_id=contract, service_id=services["Server Monitoring"], units=3)
    if case == "no service":
        _use(state, customer, "NDR-MSP", 25, 25)
    if number % 10 == 0:
        state.add_firewall(customer_id=customer, serial=f"X1150{number:03d}KTR")
    return Placed(customer, company, contract)


def _running(number: int, place: int, case: str, units: int) -> int:
    """What the running month shows for the line, from the units that the contract has."""
    if case == "jump" and place == 0:
        return units * 2 + 15
    if case == "lower" and place == 0:
        return max(1, units - 3)
    if case == "yearly" and place == 0:
        return units + 2
    if IN_STEP <= number < IN_STEP + SMALL_INCREASES and place < 2:
        return units + 1 + (number + place) % 3
    return units


def _use(state: State, customer: str, code: str, before: int, now: int) -> None:
    state.set_usage(customer_id=customer, product_code=code, billable=before, month=state.previous_month())
    state.set_usage(customer_id=customer, product_code=code, billable=now)


def _grown(state: State, customer: str, code: str, line: int, *, fewer: int, units: int) -> None:
    """The line had ``fewer`` units up to two months ago, as a history: usage then, one more each month, and units to match."""
    month = state.today().replace(day=1)
    recent = add_months(month, -1)
    for row in state.autotask.lines[line]:
        if row.end < recent:
            row.units = max(1, units - fewer)
    for back in EARLIER:
        used = max(1, units - fewer - (back - EARLIER[0] if fewer else 0))
        state.set_usage(customer_id=customer, product_code=code, billable=used, month=add_months(month, -back))


def _contract(state: State, company: int, cast: Cast, number: int, case: str) -> int:
    """The contract that is mapped, with what belongs to its case."""
    first = state.today().replace(day=1)
    start = add_months(first, -(5 + number % 14))
    if number % 7 == 3:
        start = start.replace(day=15)  # periods then step from the 15th
    end = add_months(start, 36) - timedelta(days=1)
    period = YEARLY if case == "yearly" else MONTHLY
    if case == "expired":
        start = add_months(first, -25)
        end = add_months(start, 24) - timedelta(days=1)
    if case == "renewal":
        start, end = _ending_soon(state.today())
    contract = state.add_contract(
        company_id=company, name=f"Managed Security {cast.city}", start=start, end=end, period_type=period
    )
    if case == "renewal":
        state.add_contract(
            company_id=company,
            name=f"Managed Security {cast.city} (Verlängerung)",
            start=end + timedelta(days=1),
            end=add_months(end + timedelta(days=1), 36) - timedelta(days=1),
            renewed_contract_id=contract,
        )
    if case == "two contracts":
        state.add_contract(company_id=company, name="Managed Backup", start=start, end=end)
    if number % 6 == 1:
        state.add_contract(company_id=company, name="Managed Security (alt)", start=add_months(start, -24), end=end, status=0)
    return contract


def _ending_soon(today: date) -> tuple[date, date]:
    """A year that ends 20 days from now."""
    end = today + timedelta(days=20)
    return add_months(end + timedelta(days=1), -12), end


def _unmapped_customer(state: State, chance: random.Random, services: dict[str, int], number: int, cast: Cast) -> None:
    how = unmapped_special(number)
    customer = add_cast_customer(state, cast, MAPPED_COUNT + number, **how.customer)
    company = None if cast.company is None else state.add_company(name=cast.company or cast.name, city=cast.city)
    contract = None
    if company is not None:
        contract = state.add_contract(
            company_id=company,
            name=f"Managed Security {cast.city}",
            period_type={13: QUARTERLY, 16: HALF_YEARLY}.get(number, MONTHLY),
            status=0 if number == 17 else 1,
        )
        if number == 18:
            state.add_contract(company_id=company, name="Rahmenvertrag Support", contract_type=1)
    codes = ("CIXA-MSP", "CEMA-MSP") if cast.name == NEWCOMER else BUNDLES[number % len(BUNDLES)]
    for code in codes:
        units = 14 if cast.name == NEWCOMER else chance.randint(3, 40)
        if contract is not None:
            state.add_contract_service(contract_id=contract, service_id=services[code], units=units)
        more = chance.choice((0, 0, 1, 2))
        if cast.name == NEWCOMER:
            more = 3 if code == "CIXA-MSP" else 0
        if how.kind:
            state.add_licence(customer_id=customer, product_code=code, quantity=units, kind=how.kind)
        if how.billed:
            _use(state, customer, code, units, units + more)


def _usage_edges(state: State, placed: list[Placed]) -> None:
    """Lines as they really come: section 4.3 and section 9, point 5."""
    halves = placed[1].customer_id  # two order lines with the same product; their sum is what the contract has
    code = BUNDLES[1][0]
    line = next(item for item in state.usage_lines(halves) if item["productCode"] == code)
    whole = line["billableQuantity"]
    state.set_usage(customer_id=halves, product_code=code, billable=whole - 2)
    state.set_usage(customer_id=halves, product_code=code, billable=2, order_line=2)
    state.set_usage(customer_id=None, product_code="CW7-SUP-MSP", billable=2)  # a line without accountId
    third = placed[2].customer_id
    code = BUNDLES[2][0]
    units = next(item for item in state.usage_lines(third) if item["productCode"] == code)["billableQuantity"]
    state.set_usage(customer_id=third, product_code=code, billable=units, actual=units + 2, prices=False)
    state.set_usage(customer_id=placed[4].customer_id, product_code="CDE-MSP", billable=0)
    state.set_usage(customer_id=placed[32].customer_id, product_code="CMA-MSP", billable=0, account_status="canceled")


def _people(state: State) -> None:
    for first, last in (("Dana", "Albers"), ("Tom", "Fenske")):
        state.add_technician(first, last)
    for name, active in (("Standard", True), ("Security Alert", True), ("Standard (non-editable)", False)):
        state.autotask.insert("TicketCategories", {"name": name, "isActive": active, "displayColorRgb": 19})
