"""What a preview cannot bill: usage of a month whose customer takes no part in usage sync, or whose product has no service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select

from webapp.domain import Month, Quantity
from webapp.extensions import db
from webapp.models import Customer, Mapping, Product, ProductMapping, Usage
from webapp.services import product_rules, usage_history
from webapp.services.product_rules import Rules

NAMES_SHOWN = 10


@dataclass(frozen=True)
class Named:
    """How many there are, and the first ``NAMES_SHOWN`` names."""

    count: int = 0
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Named:
        each = sorted(set(names), key=str.casefold)
        return cls(len(each), tuple(each[:NAMES_SHOWN]))

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True)
class Gaps:
    """Used in the month and billed by nobody: customers without company or contract, customers whose usage sync is off,
    products without a service, and accounts that Kontor does not know."""

    unmapped: Named = Named()
    sync_off: Named = Named()
    products: Named = Named()
    unknown: Named = Named()

    def __bool__(self) -> bool:
        return any(each.count for each in (self.unmapped, self.sync_off, self.products, self.unknown))


def of_month(month: Month, scope: Sequence[str] | None) -> Gaps:
    """The gaps of a month, for the customers of ``scope`` or for all (None). Reads only."""
    wanted = None if scope is None else frozenset(scope)
    rules = product_rules.rules()
    unmapped, sync_off = _customers(month, wanted, rules)
    unknown = [] if scope is not None else usage_history.unassigned(month)
    return Gaps(
        Named.of(unmapped),
        Named.of(sync_off),
        Named.of(_products(month, wanted, rules)),
        Named.of(row.account_name or row.account_id or row.product_code for row in unknown if row.billable),
    )


def _customers(month: Month, wanted: frozenset[str] | None, rules: Rules) -> tuple[list[str], list[str]]:
    """The names of the customers that use something and take no part; those that a person left out of a contract's sum do."""
    without = or_(Mapping.company_id.is_(None), Mapping.contract_id.is_(None))
    left_out = and_(Mapping.left_out_contract_id.is_not(None), Mapping.left_out_contract_id == Mapping.contract_id)
    rows = db.session.execute(
        select(Usage, Customer, Mapping)
        .join(Customer, Customer.id == Usage.customer_id)
        .join(Mapping, Mapping.customer_id == Customer.id)
        .where(Usage.month == str(month), or_(without, and_(Mapping.usage_sync.is_(False), left_out.is_not(True))))
    )
    unmapped: list[str] = []
    sync_off: list[str] = []
    for usage, customer, mapping in rows:
        if (wanted is None or customer.id in wanted) and _billable(usage, rules):
            missing = mapping.company_id is None or mapping.contract_id is None
            (unmapped if missing else sync_off).append(customer.shown_name)
    return unmapped, sync_off


def _products(month: Month, wanted: frozenset[str] | None, rules: Rules) -> list[str]:
    """The used products without a service: of customers that take part, and of all others just the same."""
    rows = db.session.execute(
        select(Usage, Product)
        .outerjoin(Product, Product.code == Usage.product_code)
        .where(Usage.month == str(month), Usage.customer_id.is_not(None), ~_served())
    )
    found = []
    for usage, product in rows:
        if (wanted is None or usage.customer_id in wanted) and _billable(usage, rules):
            rule = rules.resolved(usage.product_code, usage.customer_id)
            if rule is None or rule.service_id is None:
                description = product.description if product else None
                found.append(f"{description} ({usage.product_code})" if description else usage.product_code)
    return found


def _served() -> ColumnElement[bool]:
    """Whether the product has a service for all customers."""
    for_all = (ProductMapping.product_code == Usage.product_code, ProductMapping.customer_id.is_(None))
    return exists().where(*for_all, ProductMapping.service_id.is_not(None))


def _billable(usage: Usage, rules: Rules) -> bool:
    """Whether the figure asks for a licence to be billed; one that cannot be read might."""
    rule = rules.resolved(usage.product_code, usage.customer_id)
    if rule and rule.exclude:
        return False
    kind = rule.quantity if rule else Quantity.BILLABLE
    figure: int | None = getattr(usage, kind.value)
    return figure is None or figure > (rule.included if rule else 0)
