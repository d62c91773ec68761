"""The seeds by name. Each fills an empty state and is the same every time for the same day.

"empty": credentials only. "small": see `small`. "demo": see `seed_demo.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from .products import PRODUCTS
from .seed_demo import demo, fill
from .seed_names import NEWCOMER
from .state import State

__all__ = ["NEWCOMER", "SEEDS", "SMALL_NAMES", "SMALL_PRODUCTS", "demo_mappings", "small"]

SMALL_NAMES = (
    "Amsel Bau GmbH",
    "Brandt & Söhne KG",
    "Clarke Ltd",
    "Dünnwald AG",
    "Evans Care Ltd",
    "Falk Praxis",
)
SMALL_PRODUCTS = {"CIXA-MSP": 10, "CEMA-MSP": 12, "CDE-MSP": 5}


def demo_mappings() -> list[tuple[str, int, int]]:
    """The mappings a started demo has: (Sophos customer id, Autotask company id, contract id). The same every day."""
    return fill(State())


def small(state: State) -> None:
    """Six customers for tests, all plainly mappable.

    Customers (eu02, Clarke and Evans eu01): SMALL_NAMES. Each has a company of the same name, and that company one
    monthly contract "<name> – Managed Security" from the first of the month 12 months back to the end of the month 24
    months ahead. The catalogue has three services whose SKU is the product code. Each contract has the three lines
    of SMALL_PRODUCTS with those units; the usage of the month before and of the running month is the same, so
    everything is in step.
    """
    services = {
        code: state.add_service(name=PRODUCTS[code].name, sku=code, unit_price=float(PRODUCTS[code].price) * 2)
        for code in SMALL_PRODUCTS
    }
    previous = state.previous_month()
    for name in SMALL_NAMES:
        customer = state.add_customer(name=name, region="eu01" if name in ("Clarke Ltd", "Evans Care Ltd") else "eu02")
        company = state.add_company(name=name)
        contract = state.add_contract(company_id=company, name=f"{name} – Managed Security")
        for code, quantity in SMALL_PRODUCTS.items():
            state.add_contract_service(contract_id=contract, service_id=services[code], units=quantity)
            for month in (previous, None):
                state.set_usage(customer_id=customer, product_code=code, billable=quantity, month=month)


def _empty(state: State) -> None:
    """Nothing but the credentials."""


SEEDS: dict[str, Callable[[State], None]] = {"demo": demo, "small": small, "empty": _empty}
