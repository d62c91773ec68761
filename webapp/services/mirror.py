"""Writes what the two systems say into the mirror tables, one page at a time. Nothing is ever deleted.

Every function works in the caller's transaction and leaves the commit to it. Texts are cut to their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select, update

from webapp import models
from webapp.domain import Company, Contract, ContractService, Service, Tenant
from webapp.extensions import db
from webapp.folding import fold

Entity = models.Company | models.Contract | models.Service | models.ContractService
Row = TypeVar("Row", models.Company, models.Contract, models.Service, models.ContractService)
_BATCH = 500


@dataclass(frozen=True)
class BillingChange:
    """A customer whose billing type is not what it was."""

    customer_id: str
    before: str
    after: str


@dataclass(frozen=True)
class CustomerPage:
    """What a page of tenants brought: ids that were not known, and billing types that changed."""

    new: tuple[str, ...]
    changed: tuple[BillingChange, ...]


def customers(tenants: Sequence[Tenant], moment: datetime) -> CustomerPage:
    """Upsert a page of tenants, with an empty mapping and their products for those that are new."""
    ids = [tenant.id for tenant in tenants]
    known = {row.id: row for row in db.session.scalars(select(models.Customer).where(models.Customer.id.in_(ids)))}
    new, changed = [], []
    for tenant in tenants:
        row = known.get(tenant.id)
        if row is None:
            row = models.Customer(id=tenant.id, first_seen_at=moment)
            row.mapping = models.Mapping(customer_id=tenant.id)
            db.session.add(row)
            new.append(tenant.id)
        elif row.billing_type != tenant.billing_type:
            changed.append(BillingChange(tenant.id, row.billing_type, tenant.billing_type))
        _set(row, _customer_values(tenant))
        row.last_seen_at, row.missing_refreshes, row.gone_at = moment, 0, None
    _products(tenants, moment)
    db.session.flush()
    return CustomerPage(tuple(new), tuple(changed))


def _customer_values(tenant: Tenant) -> dict[str, Any]:
    values = asdict(tenant)
    del values["product_codes"]
    return values | {"name_folded": fold(tenant.show_as or tenant.name)}


def _products(tenants: Iterable[Tenant], moment: datetime) -> None:
    codes = dict.fromkeys(code for tenant in tenants for code in tenant.product_codes)
    if not codes:
        return
    known = set(db.session.scalars(select(models.Product.code).where(models.Product.code.in_(codes))))
    db.session.add_all(models.Product(code=code, first_seen_at=moment) for code in codes if code not in known)


def companies(rows: Sequence[Company]) -> None:
    _upsert(models.Company, [asdict(row) | {"name_folded": fold(row.name)} for row in rows])


def contracts(rows: Sequence[Contract]) -> None:
    _upsert(models.Contract, [asdict(row) for row in rows])


def services(rows: Sequence[Service]) -> None:
    _upsert(models.Service, [asdict(row) | {"name_folded": fold(row.name)} for row in rows])


def contract_services(rows: Sequence[ContractService], moment: datetime) -> None:
    """Lines. A service that no list has named (made meanwhile, or hidden) gets a row of its own that says so."""
    wanted = {row.service_id for row in rows}
    known = set(db.session.scalars(select(models.Service.id).where(models.Service.id.in_(wanted))))
    for number in sorted(wanted - known):
        name = f"#{number}"
        db.session.add(models.Service(id=number, name=name, name_folded=fold(name), is_active=False, missing_since=moment))
    db.session.flush()
    _upsert(models.ContractService, [asdict(row) for row in rows])


def _upsert(model: type[Row], rows: Sequence[Mapping[str, Any]]) -> None:
    ids = [row["id"] for row in rows]
    known = {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids)))}
    for values in rows:
        row = known.get(values["id"])
        if row is None:
            row = known[values["id"]] = model()
            db.session.add(row)
        _set(row, values)
        row.missing_since = None
    db.session.flush()


def _set(row: Entity | models.Customer, values: Mapping[str, Any]) -> None:
    columns = row.__mapper__.columns
    for name, value in values.items():
        length = getattr(columns[name].type, "length", None)
        setattr(row, name, value[:length] if length and isinstance(value, str) else value)


def present(model: type[Entity], among: ColumnElement[bool] | None = None) -> set[int]:
    """The ids of the rows that were not missing at the last look."""
    wanted = select(model.id).where(model.missing_since.is_(None))
    return set(db.session.scalars(wanted if among is None else wanted.where(among)))


def mark_missing(model: type[Entity], ids: Iterable[int], moment: datetime) -> None:
    """Note since when a complete list comes without these rows."""
    gone = sorted(ids)
    for start in range(0, len(gone), _BATCH):
        among = model.id.in_(gone[start : start + _BATCH])
        db.session.execute(update(model).where(among, model.missing_since.is_(None)).values(missing_since=moment))
