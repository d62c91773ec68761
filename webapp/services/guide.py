"""The Autotask Integration Guide: which of its steps are done. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from webapp.domain import Mode
from webapp.extensions import db
from webapp.models import Customer, Mapping, Product, ProductMapping, Setting
from webapp.services import connections, preferences, standing, ticket_choices, ticket_watches
from webapp.services.connections import ConnectionStatus


@dataclass(frozen=True)
class Guide:
    """What the guide shows. ``products_mapped`` counts products with a service or left out by intention; ``unmapped_product``
    is one of the others. Customers that are gone from Sophos do not count. ``without_contract`` are mapped customers with
    monthly usage that still need a contract. ``started`` says that the mode is no longer observe. ``tickets_on``:
    somebody has ticket sync on; ``ticket_missing`` are the settings of tickets that are not chosen."""

    sophos: ConnectionStatus
    autotask: ConnectionStatus
    products: int
    products_mapped: int
    unmapped_product: str | None
    customers: int
    customers_mapped: int
    without_contract: int
    mode: Mode
    started_at: datetime | None
    started_by: str | None
    last_sync: datetime | None
    tickets_on: bool
    ticket_missing: Sequence[str]

    @property
    def steps(self) -> int:
        """How many steps there are to do: the choices for tickets only where somebody has ticket sync on."""
        return 6 if self.tickets_on else 5

    @property
    def tickets_done(self) -> bool:
        return not self.ticket_missing

    @property
    def products_done(self) -> bool:
        return 0 < self.products == self.products_mapped

    @property
    def customers_done(self) -> bool:
        return 0 < self.customers == self.customers_mapped and self.without_contract == 0

    @property
    def started(self) -> bool:
        return self.mode is not Mode.OBSERVE

    @property
    def synced(self) -> bool:
        return self.started and self.last_sync is not None

    @property
    def steps_done(self) -> int:
        steps = (self.sophos.connected, self.autotask.connected, self.products_done, self.customers_done, self.synced)
        return sum(steps) + (self.tickets_on and self.tickets_done)


def guide() -> Guide:
    """The guide as it stands now."""
    sophos, autotask = connections.status()
    products, products_mapped = _products()
    customers, mapped, without_contract = _customers()
    kept = db.session.execute(select(Setting.changed_at, Setting.changed_by).where(Setting.name == "mode")).one_or_none()
    return Guide(
        sophos=sophos,
        autotask=autotask,
        products=products,
        products_mapped=products_mapped,
        unmapped_product=_unmapped_product(),
        customers=customers,
        customers_mapped=mapped,
        without_contract=without_contract,
        mode=Mode(preferences.get("mode")),
        started_at=kept.changed_at if kept else None,
        started_by=kept.changed_by if kept else None,
        last_sync=standing.last_sync(),
        tickets_on=ticket_watches.anyone(),
        ticket_missing=ticket_choices.chosen().missing,
    )


_FOR_ALL = and_(ProductMapping.product_code == Product.code, ProductMapping.customer_id.is_(None))
_HAS_RULE = or_(ProductMapping.service_id.is_not(None), ProductMapping.exclude.is_(True))


def _products() -> tuple[int, int]:
    counted = select(func.count(), func.count().filter(_HAS_RULE)).select_from(Product).outerjoin(ProductMapping, _FOR_ALL)
    every, mapped = db.session.execute(counted).one()
    return every, mapped


def _unmapped_product() -> str | None:
    """The code and name of a product without a service, the most recently used first."""
    wanted = select(Product.code, Product.description).outerjoin(ProductMapping, _FOR_ALL).where(_HAS_RULE.is_not(True))
    row = db.session.execute(wanted.order_by(Product.last_used_at.desc(), Product.code).limit(1)).one_or_none()
    return None if row is None else f"{row.description} ({row.code})" if row.description else row.code


def _customers() -> tuple[int, int, int]:
    mapped = Mapping.company_id.is_not(None)
    needs = and_(mapped, Mapping.contract_id.is_(None), Customer.billing_type == "usage")
    counted = select(func.count(), func.count().filter(mapped), func.count().filter(needs))
    row = db.session.execute(counted.select_from(Customer).join(Mapping).where(Customer.gone_at.is_(None))).one()
    return row[0], row[1], row[2]
