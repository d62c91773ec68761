"""The rules of all products, read in one query: a customer's own row laid over the row for all, field by field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import select

from webapp.domain import ProductRule, Quantity
from webapp.extensions import db
from webapp.models import ProductMapping

Value = TypeVar("Value")


class Rules:
    """All product mappings as they stand. ``services``: every service that some product mapping names."""

    def __init__(self, rows: Iterable[ProductMapping]) -> None:
        self._rows = {(row.product_code, row.customer_id): row for row in rows}
        self.services = frozenset(row.service_id for row in self._rows.values() if row.service_id is not None)

    def resolved(self, product_code: str, customer_id: str) -> ProductRule | None:
        """The rule of a product for a customer; None where neither has a row."""
        own, everybody = self._rows.get((product_code, customer_id)), self._rows.get((product_code, None))
        if own is None and everybody is None:
            return None
        rows = [row for row in (own, everybody) if row is not None]
        return ProductRule(
            product_code=product_code,
            service_id=_first((row.service_id for row in rows), None),
            quantity=Quantity(_first((row.quantity for row in rows), Quantity.BILLABLE)),
            included=_first((row.included for row in rows), 0),
            minimum=_first((row.minimum for row in rows), 0),
            pack_size=_first((row.pack_size for row in rows), 1),
            exclude=_first((row.exclude for row in rows), False),
            contract_service_id=_first((row.contract_service_id for row in rows), None),
        )


def _first(values: Iterable[Value | None], default: Value) -> Value:
    return next((value for value in values if value is not None), default)


def load() -> Rules:
    """The rules of this moment. Reads only."""
    return Rules(db.session.scalars(select(ProductMapping)))
