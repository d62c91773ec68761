"""Which line counts where a service stands twice on a contract: chosen for each customer and product (design, section 13, 5)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import ContractService, Customer, Mapping, Product, Service, Usage
from webapp.services import product_rules


@dataclass(frozen=True)
class Choice:
    """A product of a customer whose service has several ``lines`` (ids of contract services) on the contract; ``chosen`` is the
    one that counts, None while nobody has chosen."""

    customer_id: str
    customer_name: str
    product_code: str
    product_name: str
    service_name: str
    lines: tuple[int, ...]
    chosen: int | None


def of_contract(contract_id: int) -> list[Choice]:
    """What has to be chosen on a contract, or was, by customer and product. Reads only."""
    lines: dict[int, list[int]] = defaultdict(list)
    rows = select(ContractService).where(ContractService.contract_id == contract_id, ContractService.missing_since.is_(None))
    for line in db.session.scalars(rows.order_by(ContractService.id)):
        lines[line.service_id].append(line.id)
    twice = {service_id: tuple(ids) for service_id, ids in lines.items() if len(ids) > 1}
    if not twice:
        return []
    names = {row.id: row.name for row in db.session.scalars(select(Service).where(Service.id.in_(twice)))}
    rules = product_rules.rules()
    found = []
    for customer, product in _used(contract_id):
        rule = rules.resolved(product.code, customer.id)
        if rule is None or rule.service_id not in twice or rule.exclude:
            continue
        lines_of, service = twice[rule.service_id], names.get(rule.service_id, "")
        chosen = rule.contract_service_id if rule.contract_service_id in lines_of else None
        named = product.description or product.code
        found.append(Choice(customer.id, customer.shown_name, product.code, named, service, lines_of, chosen))
    return found


def _used(contract_id: int) -> list[tuple[Customer, Product]]:
    """The customers on the contract with the products that Sophos ever reported for them."""
    used = (
        select(Usage.customer_id, Usage.product_code)
        .join(Mapping, Mapping.customer_id == Usage.customer_id)
        .where(Mapping.contract_id == contract_id)
        .distinct()
        .subquery()
    )
    pairs = select(Customer, Product).join(used, used.c.customer_id == Customer.id)
    rows = db.session.execute(pairs.join(Product, Product.code == used.c.product_code))
    found = [(customer, product) for customer, product in rows]
    return sorted(found, key=lambda pair: (pair[0].name_folded, pair[0].id, pair[1].code))
