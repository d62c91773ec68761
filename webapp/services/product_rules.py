"""Which rule holds for a product and a customer: the customer's row before the row for all, field by field where it is filled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from webapp.domain import ProductRule, Quantity
from webapp.extensions import db
from webapp.models import ProductMapping

SERVICE_FIELDS = ("minimum", "pack_size")
"""What belongs to the service and not to the product (design, 13.4)."""


@dataclass(frozen=True)
class Row:
    """One row of the product mappings. None means "not filled"."""

    product_code: str
    customer_id: str | None
    service_id: int | None
    quantity: str | None
    included: int | None
    minimum: int | None
    pack_size: int | None
    exclude: bool | None
    contract_service_id: int | None


class Rules:
    """All product mappings, resolved."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = {(row.product_code, row.customer_id): row for row in rows}
        self._of_service: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._products: dict[int, set[str]] = defaultdict(set)
        for row in self._rows.values():
            service = self.service_of(row)
            if service is not None:
                self._products[service].add(row.product_code)
                for name in SERVICE_FIELDS:
                    if (value := getattr(row, name)) is not None:
                        self._of_service[service][name].add(value)

    @property
    def mapped_services(self) -> frozenset[int]:
        """The services that any product mapping names: Kontor writes to no other (design, section 6)."""
        return frozenset(self._products)

    def service_of(self, row: Row) -> int | None:
        """The service of a row: its own, else that of the row for all."""
        for_all = self._rows.get((row.product_code, None))
        return row.service_id if row.service_id is not None or for_all is None else for_all.service_id

    def resolved(self, product_code: str, customer_id: str | None) -> ProductRule | None:
        """The rule for this product and customer; None where there is no row for it at all."""
        own, for_all = self._rows.get((product_code, customer_id)), self._rows.get((product_code, None))
        rows = [row for row in (own, for_all) if row is not None]
        if not rows:
            return None
        filled = {
            name: next((value for row in rows if (value := getattr(row, name)) is not None), None)
            for name in ("service_id", "quantity", "included", "exclude", "contract_service_id")
        }
        service = filled["service_id"]
        shared = self._of_service.get(service, {}) if service is not None else {}
        return ProductRule(
            product_code=product_code,
            service_id=service,
            quantity=Quantity(filled["quantity"] or Quantity.BILLABLE),
            included=filled["included"] or 0,
            minimum=max(shared.get("minimum", ()), default=0),
            pack_size=max(shared.get("pack_size", ()), default=1),
            exclude=bool(filled["exclude"]),
            contract_service_id=filled["contract_service_id"],
        )

    def disagreement(self, service_id: int) -> str | None:
        """The first of minimum and pack size in which the rows of a service disagree; None where they agree."""
        return next((name for name in SERVICE_FIELDS if len(self._of_service[service_id][name]) > 1), None)

    def products_of(self, service_id: int) -> list[str]:
        """The codes of the products that feed a service."""
        return sorted(self._products.get(service_id, ()))


def rules() -> Rules:
    """All product mappings, read in one query."""
    columns = [getattr(ProductMapping, name) for name in Row.__dataclass_fields__]
    return Rules(Row(*row) for row in db.session.execute(select(*columns)))


def resolve(wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], ProductRule]:
    """The rules for these (product code, customer id), without those that have none; one query."""
    every = rules()
    found = {key: every.resolved(*key) for key in wanted}
    return {key: rule for key, rule in found.items() if rule is not None}
