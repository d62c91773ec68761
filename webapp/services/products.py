"""Products and their mappings to services: the list, the automatic mapping, and changes by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.context import now
from webapp.domain import Quantity
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import ContractService, Customer, Product, ProductMapping, Service, Usage
from webapp.models import Mapping as MappingRow
from webapp.services import audit, findings, product_rules

MOST = 1_000_000
"""A number above this is taken for a mistake."""
LEAST = {"included": 0, "minimum": 0, "pack_size": 1}


@dataclass(frozen=True)
class RuleValues:
    """The fields of a product mapping; None where a field is not filled."""

    service_id: int | None = None
    quantity: str | None = None
    included: int | None = None
    minimum: int | None = None
    pack_size: int | None = None
    exclude: bool | None = None
    contract_service_id: int | None = None


@dataclass(frozen=True)
class ProductRow:
    """A product as the page lists it. ``exceptions`` counts customers with a row of their own; ``customers`` those that used it
    in the last month that was read. Figures are as filled; None where the default holds."""

    code: str
    description: str
    service_id: int | None
    service_name: str | None
    service_gone: bool
    quantity: str
    included: int | None
    minimum: int | None
    pack_size: int | None
    exclude: bool
    automatic: bool
    changed_at: datetime | None
    exceptions: int
    customers: int

    @property
    def key(self) -> str:
        """An id for the page: the code in signs that an address and a selector can hold."""
        return "product-" + self.code.encode().hex()


def listed() -> list[ProductRow]:
    """All products with their rule for all, by description; three queries."""
    for_all: dict[str, ProductMapping] = {}
    exceptions: dict[str, int] = defaultdict(int)
    for mapping in db.session.scalars(select(ProductMapping).options(joinedload(ProductMapping.service))):
        if mapping.customer_id is None:
            for_all[mapping.product_code] = mapping
        else:
            exceptions[mapping.product_code] += 1
    used = _customers_using()
    products = list(db.session.scalars(select(Product)))
    products.sort(key=lambda product: ((product.description or product.code).casefold(), product.code))
    return [_row(product, for_all.get(product.code), exceptions[product.code], used.get(product.code, 0)) for product in products]


def row(product_code: str) -> ProductRow:
    """One product as the list shows it; Refused where there is none."""
    found = next((row for row in listed() if row.code == product_code), None)
    if found is None:
        raise Refused("product_unknown", "product_code", product=product_code)
    return found


def _row(product: Product, mapping: ProductMapping | None, exceptions: int, customers: int) -> ProductRow:
    service = mapping.service if mapping else None
    return ProductRow(
        code=product.code,
        description=product.description or product.code,
        service_id=service.id if service else None,
        service_name=service.name if service else None,
        service_gone=bool(service and not is_offered(service)),
        quantity=(mapping.quantity if mapping else None) or Quantity.BILLABLE.value,
        included=mapping.included if mapping else None,
        minimum=mapping.minimum if mapping else None,
        pack_size=mapping.pack_size if mapping else None,
        exclude=bool(mapping and mapping.exclude),
        automatic=bool(mapping and mapping.automatic),
        changed_at=mapping.changed_at if mapping else None,
        exceptions=exceptions,
        customers=customers,
    )


def _customers_using() -> dict[str, int]:
    last = select(func.max(Usage.month)).scalar_subquery()
    query = select(Usage.product_code, func.count(Usage.customer_id.distinct())).where(Usage.month == last)
    return {code: count for code, count in db.session.execute(query.group_by(Usage.product_code))}


def is_offered(service: Service) -> bool:
    """Whether a product may be mapped to this service."""
    return service.is_active and service.missing_since is None


def map_automatically(by: str = "kontor") -> list[ProductMapping]:
    """Map each product that nobody has decided on to the one active service whose name, SKU or external id is its code or its
    description. Where several fit, none is chosen. Gives the mappings made."""
    decided = set(db.session.scalars(select(ProductMapping.product_code).where(ProductMapping.customer_id.is_(None))))
    products = [product for product in db.session.scalars(select(Product).order_by(Product.code)) if product.code not in decided]
    if not products:
        return []
    named = _services_by_label()
    made = []
    for product in products:
        fits = named[_label(product.code)] | named[_label(product.description)]
        if len(fits) != 1:
            continue
        mapping = ProductMapping(
            product_code=product.code, service_id=fits.pop(), quantity=Quantity.BILLABLE.value, automatic=True
        )
        mapping.changed_at, mapping.changed_by = now(), by
        db.session.add(mapping)
        _record(by, product.code, None, {}, {"service_id": mapping.service_id, "automatic": True})
        made.append(mapping)
    db.session.flush()
    return made


def _services_by_label() -> dict[str, set[int]]:
    named: dict[str, set[int]] = defaultdict(set)
    columns = select(Service.id, Service.name, Service.sku, Service.external_id)
    for service_id, *labels in db.session.execute(columns.where(Service.is_active, Service.missing_since.is_(None))):
        for label in filter(None, map(_label, labels)):
            named[label].add(service_id)
    named[""] = set()
    return named


def _label(text: str | None) -> str:
    return (text or "").strip().casefold()


def set_mapping(
    *,
    product_code: str,
    customer_id: str | None = None,
    service_id: int | None = None,
    quantity: str | None = None,
    included: int | None = None,
    minimum: int | None = None,
    pack_size: int | None = None,
    exclude: bool | None = None,
    contract_service_id: int | None = None,
    by: str,
) -> bool:
    """Set the rule of a product, for all customers or for one; says whether anything changed.

    Without a service the rule for all is emptied (and the product is not mapped automatically again); a customer's row without
    any field goes. Raises Refused, with the field, for what does not exist, numbers out of range, and where minimum or pack
    size would differ between the products of one service; then the caller must roll back.
    """
    values = RuleValues(service_id, quantity, included, minimum, pack_size, exclude, contract_service_id)
    changed = write(product_code=product_code, customer_id=customer_id, values=values, by=by)
    check_agreement(product_code, customer_id)
    return changed


def choose_line(*, product_code: str, customer_id: str, contract_service_id: int | None, by: str) -> bool:
    """Say which line of its service counts for this product of the customer, None for no choice; the rest of the customer's row
    stays. Says whether anything changed. Raises Refused, as ``write``."""
    mapping = _existing(product_code, customer_id)
    before = _values(mapping) if mapping else RuleValues()
    values = replace(before, contract_service_id=contract_service_id)
    return write(product_code=product_code, customer_id=customer_id, values=values, by=by)


def write(*, product_code: str, customer_id: str | None, values: RuleValues, by: str) -> bool:
    """``set_mapping`` without the look at the other products of the service, for an import that sets several at once."""
    if db.session.get(Product, product_code) is None:
        raise Refused("product_unknown", "product_code", product=product_code)
    if customer_id is not None and db.session.get(Customer, customer_id) is None:
        raise Refused("customer_unknown", "customer_id", customer=customer_id)
    mapping = _existing(product_code, customer_id)
    before = _values(mapping) if mapping else RuleValues()
    _check(product_code, customer_id, values, before)
    if customer_id is None and values.service_id is None:
        values = RuleValues()
    if values == before:
        return False
    if mapping is not None and customer_id is not None and values == RuleValues():
        db.session.delete(mapping)
    else:
        _keep(mapping or ProductMapping(product_code=product_code, customer_id=customer_id), values, by)
    _record(by, product_code, customer_id, asdict(before), asdict(values))
    if values.service_id is not None or values.exclude:
        findings.clear(code="product_without_service", subject=f"product:{product_code}")
    db.session.flush()
    return True


def check_agreement(product_code: str, customer_id: str | None) -> None:
    """Refused where minimum or pack size differ between the rows of this product's service."""
    every = product_rules.rules()
    rule = every.resolved(product_code, customer_id)
    if rule is None or rule.service_id is None:
        return
    field = every.disagreement(rule.service_id)
    if field:
        service = db.session.get_one(Service, rule.service_id)
        products = ", ".join(every.products_of(rule.service_id))
        raise Refused("service_rule_differs", field, service=service.name, products=products)


def number(text: str, field: str) -> int | None:
    """A whole number that ``field`` may have, None for an empty text; Refused for anything else."""
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text) < 10):
        raise Refused("number_invalid", field, value=text, least=LEAST[field], most=MOST)
    return int(text)


def _existing(product_code: str, customer_id: str | None) -> ProductMapping | None:
    query = select(ProductMapping).where(ProductMapping.product_code == product_code)
    return db.session.scalar(query.where(ProductMapping.customer_id.is_not_distinct_from(customer_id)).with_for_update())


def _values(mapping: ProductMapping) -> RuleValues:
    return RuleValues(**{name: getattr(mapping, name) for name in RuleValues.__dataclass_fields__})


def _keep(mapping: ProductMapping, values: RuleValues, by: str) -> None:
    for name, value in asdict(values).items():
        setattr(mapping, name, value)
    mapping.automatic = False
    mapping.changed_at, mapping.changed_by = now(), by
    db.session.add(mapping)


def _check(product_code: str, customer_id: str | None, values: RuleValues, before: RuleValues) -> None:
    service = db.session.get(Service, values.service_id) if values.service_id is not None else None
    if values.service_id is not None and values.service_id != before.service_id and not (service and is_offered(service)):
        raise Refused("service_id_unknown", "service_id", service=str(values.service_id))
    if values.quantity is not None and values.quantity not in list(Quantity):
        raise Refused("choice_invalid", "quantity", value=values.quantity, allowed=", ".join(Quantity))
    for name, least in LEAST.items():
        number = getattr(values, name)
        if number is not None and not least <= number <= MOST:
            raise Refused("number_invalid", name, value=str(number), least=least, most=MOST)
    if values.contract_service_id is not None and values.contract_service_id != before.contract_service_id:
        _check_line(product_code, customer_id, values)


def _check_line(product_code: str, customer_id: str | None, values: RuleValues) -> None:
    """The chosen line must be one of this service on the customer's contract."""
    if customer_id is None:
        raise Refused("line_needs_customer", "contract_service_id")
    for_all = _existing(product_code, None)
    service_id = values.service_id if values.service_id is not None else (for_all.service_id if for_all else None)
    line = db.session.get(ContractService, values.contract_service_id)
    mapping = db.session.get(MappingRow, customer_id)
    fits = line and mapping and line.service_id == service_id and line.contract_id == mapping.contract_id
    if not fits:
        raise Refused("line_unknown", "contract_service_id", line=str(values.contract_service_id))


def _record(by: str, product_code: str, customer_id: str | None, before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = [name for name in after if before.get(name) != after[name]]
    audit.record(
        by=by,
        action="product_mapping",
        subject=f"product:{product_code}" + (f" customer:{customer_id}" if customer_id else ""),
        before={name: before.get(name) for name in changed},
        after={name: after[name] for name in changed},
    )
