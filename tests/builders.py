"""Test data: one keyword-only function for each noun, and one cast of names.

Each adds a row to the session, flushes it and gives it back; ids count up within a test process and never repeat. Every
function takes further columns by name (``**more``).
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from webapp.domain import Role
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import (
    Change,
    Company,
    Contract,
    ContractService,
    Customer,
    Finding,
    LineMonth,
    Mapping,
    Product,
    ProductMapping,
    Run,
    RunLine,
    RunResult,
    Service,
    Usage,
    UsageReading,
    User,
)

SEEN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""When the last refresh saw everything: 23 November 2026, two in the morning in Berlin."""

BAKERY = "Bäckerei Wöhrle KG"
SHIPPING = "Carlsen Reederei GmbH & Co. KG"
DENTIST = "Dr. Fröhlich & Kollegen Zahnärzte"
FREIGHT = "Albion Freight Ltd"
ESTATES = "Dunmore Estates"
OPERATOR = "user:dana"

Row = TypeVar("Row")
_numbers = itertools.count(1)
_ids = itertools.count(30_001)


def _kept(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    return row


def add_customer(
    *,
    name: str = BAKERY,
    show_as: str | None = None,
    id: str | None = None,
    billing_type: str = "usage",
    company: Company | None = None,
    contract: Contract | None = None,
    usage_sync: bool = False,
    ticket_sync: bool = False,
    mapping: dict[str, Any] | None = None,
    **more: Any,
) -> Customer:
    """A customer with its (maybe empty) mapping; ``mapping`` holds further columns of it, such as ``status``."""
    values = {"data_geography": "DE", "data_region": "eu-central-1", "status": "active", "api_host": "https://api.example"} | more
    customer = Customer(
        id=id or str(UUID(int=next(_numbers))),
        name=name,
        show_as=show_as,
        name_folded=fold(show_as or name),
        billing_type=billing_type,
        first_seen_at=SEEN,
        last_seen_at=SEEN,
        **values,
    )
    customer.mapping = Mapping(
        company_id=company.id if company else None,
        contract_id=contract.id if contract else None,
        usage_sync=usage_sync,
        ticket_sync=ticket_sync,
        **(mapping or {}),
    )
    return _kept(customer)


def add_company(*, name: str = BAKERY, id: int | None = None, is_active: bool = True, **more: Any) -> Company:
    number = id or next(_ids)
    values = {"number": f"A{number}", "company_type": 1, "city": "Bremen"} | more
    return _kept(Company(id=number, name=name, name_folded=fold(name), is_active=is_active, **values))


def add_contract(
    *,
    company: Company,
    name: str = "Managed Security 2026",
    id: int | None = None,
    status: int = 1,
    contract_type: int = 7,
    start_date: date | None = date(2026, 1, 1),
    end_date: date | None = date(2026, 12, 31),
    period_type: int | None = 2,
    **more: Any,
) -> Contract:
    """A recurring service contract, in effect unless told otherwise (autotask-api.md, section 6)."""
    return _kept(
        Contract(
            id=id or next(_ids),
            company_id=company.id,
            name=name,
            status=status,
            contract_type=contract_type,
            start_date=start_date,
            end_date=end_date,
            period_type=period_type,
            **more,
        )
    )


def add_service(*, name: str = "Sophos Email Advanced", id: int | None = None, is_active: bool = True, **more: Any) -> Service:
    values = {"period_type": 2, "unit_price": 3.5} | more
    return _kept(Service(id=id or next(_ids), name=name, name_folded=fold(name), is_active=is_active, **values))


def add_contract_service(*, contract: Contract, service: Service, id: int | None = None, **more: Any) -> ContractService:
    return _kept(ContractService(id=id or next(_ids), contract_id=contract.id, service_id=service.id, **more))


def add_product(*, code: str = "CEMA-MSP", description: str | None = "Central Email Advanced", **more: Any) -> Product:
    values = {"group": "Email", "sku": None, "first_seen_at": SEEN, "last_used_at": SEEN} | more
    return _kept(Product(code=code, description=description, **values))


def add_product_mapping(
    *, product: Product, service: Service | None = None, customer: Customer | None = None, **more: Any
) -> ProductMapping:
    """A rule for all customers, or for ``customer`` alone."""
    values = {"changed_at": SEEN, "changed_by": OPERATOR} | more
    return _kept(
        ProductMapping(
            product_code=product.code,
            service_id=service.id if service else None,
            customer_id=customer.id if customer else None,
            **values,
        )
    )


def add_finding(*, code: str, customer: Customer | None = None, weight: str = "warn", **more: Any) -> Finding:
    subject = f"customer:{customer.id}" if customer else "installation"
    values: dict[str, Any] = {"subject": subject, "source": "refresh", "params": {}, "first_seen_at": SEEN, "last_seen_at": SEEN}
    values = {"key": f"{code}:{subject}"} | values | more
    return _kept(Finding(code=code, weight=weight, customer_id=customer.id if customer else None, **values))


def add_user(*, name: str = "dana", role: Role = Role.OPERATOR, **more: Any) -> User:
    """A user whose password nobody knows; tests sign in through the session (see tests/web)."""
    values = {"password_hash": "!", "created_at": SEEN} | more
    return _kept(User(name=name, role=role.value, **values))


def add_run(*, kind: str = "usage", state: str = "succeeded", month: str | None = "2026-11", **more: Any) -> Run:
    """A run that a schedule began and ended at the moment of ``SEEN``, unless told otherwise."""
    values = {"trigger": "schedule", "requested_by": "kontor", "created_at": SEEN, "started_at": SEEN, "finished_at": SEEN} | more
    return _kept(Run(kind=kind, state=state, month=month, **values))


def add_result(*, run: Run, customer: Customer, state: str = "succeeded", **more: Any) -> RunResult:
    return _kept(RunResult(run_id=run.id, customer_id=customer.id, customer_name=customer.shown_name, state=state, **more))


def add_line(*, run: Run, customers: list[Customer], state: str = "in_step", **more: Any) -> RunLine:
    """What a run says of one line: in step with 12 units, unless told otherwise."""
    values: dict[str, Any] = {
        "service_name": "Sophos Email Advanced",
        "contract_name": "Managed Security 2026",
        "reason": "equal",
    }
    values |= {"before": 12, "target": 12, "delta": 0, "products": ["CEMA-MSP"]} | more
    ids, names = [customer.id for customer in customers], [customer.shown_name for customer in customers]
    return _kept(RunLine(run_id=run.id, state=state, customer_ids=ids, customer_names=names, **values))


def add_change(*, run: Run, before: int = 12, target: int = 15, **more: Any) -> Change:
    """An increase of the running month that takes effect on 23 November 2026, planned, unless told otherwise."""
    values: dict[str, Any] = {"contract_id": 1, "contract_service_id": 2, "service_id": 3, "month": "2026-11", "state": "planned"}
    values |= {"effective_date": date(2026, 11, 23), "reason": "more_used", "created_at": SEEN, "changed_at": SEEN} | more
    return _kept(Change(run_id=run.id, before=before, target=target, delta=target - before, **values))


def add_line_month(*, line: ContractService, month: str = "2026-11", units: int | None = 12, **more: Any) -> LineMonth:
    """A line in step at a price of 3.50, unless told otherwise."""
    values: dict[str, Any] = {"service_name": "Sophos Email Advanced", "target": units, "price": 3.5, "state": "in_step"}
    values |= {"units_on": date.fromisoformat(f"{month}-01"), "run_id": 1, "read_at": SEEN} | more
    ids = {"contract_id": line.contract_id, "contract_service_id": line.id, "service_id": line.service_id}
    return _kept(LineMonth(month=month, units=units, **ids, **values))


def add_usage(
    *, customer: Customer, product: str = "CEMA-MSP", month: str = "2026-11", billable: int | None = 12, **more: Any
) -> Usage:
    """What Sophos reported; actual and ordered are the same as billable, unless told otherwise."""
    values: dict[str, Any] = {"actual": billable, "ordered": billable, "order_lines": 1, "read_at": SEEN} | more
    ids = {"customer_id": customer.id, "account_id": customer.id, "product_code": product}
    return _kept(Usage(month=month, billable=billable, **ids, **values))


def add_stray_usage(*, product: str, billable: int | None, month: str = "2026-11", **more: Any) -> Usage:
    """What Sophos reported for an account that is no customer Kontor knows."""
    values: dict[str, Any] = {"actual": billable, "ordered": billable, "order_lines": 1, "read_at": SEEN} | more
    values = {"account_id": None, "account_name": None} | values
    return _kept(Usage(month=month, customer_id=None, product_code=product, billable=billable, **values))


def add_reading(*, month: str = "2026-11", items: int = 1, **more: Any) -> UsageReading:
    """A complete reading of a month."""
    return _kept(UsageReading(month=month, items=items, **({"read_at": SEEN} | more)))
