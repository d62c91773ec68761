"""What the page of a contract shows: who is mapped to it, its lines over the months, and every change ever. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from webapp.context import today
from webapp.domain import Month
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Change, Company, Contract, ContractService, Customer, Finding, LineMonth, ProductMapping, Service
from webapp.models import Mapping as MappingRow
from webapp.services import companies, line_months, month_charts
from webapp.services.month_charts import Chart, Point

CHANGES_A_PAGE = 50
LARGEST_ID = 2**63 - 1
"""Of a column of type bigint."""


@dataclass(frozen=True)
class MappedCustomer:
    """A customer that is mapped to the contract. ``left_out``: a person decided to leave it out of the contract's sum."""

    id: str
    name: str
    usage_sync: bool
    gone: bool
    left_out: bool


@dataclass(frozen=True)
class LineOfContract:
    """A line with what is known of it. ``newest``: what was last read and planned, None where no run has been there.
    ``mapped``: a product mapping names its service. ``points`` are the last twelve months, the oldest first."""

    id: int
    service_name: str
    missing: bool
    mapped: bool
    newest: LineMonth | None
    points: Sequence[Point]
    chart: Chart | None

    @property
    def known(self) -> Sequence[Point]:
        """The months of which something is known, the newest first."""
        return [point for point in reversed(self.points) if point.usage is not None or point.units is not None]


@dataclass(frozen=True)
class ContractPage:
    """``changes`` is one page of the contract's ledger, the newest first; ``total`` counts all of them."""

    contract: Contract
    company: Company | None
    customers: Sequence[MappedCustomer]
    lines: Sequence[LineOfContract]
    changes: Sequence[Change]
    total: int
    page: int
    pages: int
    findings: Sequence[Finding]
    today: date

    @property
    def in_effect(self) -> bool:
        return companies.is_in_effect(self.contract)

    @property
    def expired(self) -> bool:
        return self.contract.end_date is not None and self.contract.end_date < self.today


def one(contract_id: int, *, page: int) -> ContractPage:
    """The page of a contract; a page of the ledger past the end is the last one. Raises NotFound."""
    contract = db.session.get(Contract, contract_id) if 0 < contract_id <= LARGEST_ID else None
    if contract is None:
        raise NotFound("contract", contract_id)
    customers = _customers(contract_id)
    total = db.session.scalar(select(func.count(Change.id)).where(Change.contract_id == contract_id)) or 0
    pages = max(1, -(-total // CHANGES_A_PAGE))
    page = min(max(1, page), pages)
    return ContractPage(
        contract=contract,
        company=db.session.get(Company, contract.company_id),
        customers=customers,
        lines=_lines(contract_id),
        changes=_changes(contract_id, page),
        total=total,
        page=page,
        pages=pages,
        findings=_findings(contract_id, customers),
        today=today(),
    )


def _customers(contract_id: int) -> list[MappedCustomer]:
    found = select(Customer, MappingRow).join(MappingRow, MappingRow.customer_id == Customer.id)
    found = found.where(MappingRow.contract_id == contract_id).order_by(Customer.name_folded, Customer.id)
    return [
        MappedCustomer(
            id=customer.id,
            name=customer.shown_name,
            usage_sync=mapping.usage_sync,
            gone=customer.gone_at is not None,
            left_out=mapping.left_out_contract_id == contract_id,
        )
        for customer, mapping in db.session.execute(found)
    ]


def _lines(contract_id: int) -> list[LineOfContract]:
    """The lines of the mirror, and those that only the history knows; mapped ones first, then by service."""
    months = month_charts.last_months(Month.of(today()))
    history: dict[int, list[LineMonth]] = {}
    for row in line_months.of_contract(contract_id, since=months[0]):
        history.setdefault(row.contract_service_id, []).append(row)
    mirrored = select(ContractService, Service).join(Service, Service.id == ContractService.service_id)
    known: dict[int, tuple[int, str, bool]] = {}
    for line, service in db.session.execute(mirrored.where(ContractService.contract_id == contract_id)):
        known[line.id] = (service.id, service.name, line.missing_since is not None)
    for line_id, rows in history.items():
        known.setdefault(line_id, (rows[-1].service_id, rows[-1].service_name, True))
    mapped = _mapped(service_id for service_id, _, _ in known.values())
    lines = [
        _line(line_id, name, missing=missing, mapped=service_id in mapped, rows=history.get(line_id, []), months=months)
        for line_id, (service_id, name, missing) in known.items()
    ]
    return sorted(lines, key=lambda line: (line.missing, not line.mapped, line.service_name, line.id))


def _line(
    line_id: int, name: str, *, missing: bool, mapped: bool, rows: Sequence[LineMonth], months: Sequence[Month]
) -> LineOfContract:
    points = month_charts.points(months, *figures(rows))
    newest = rows[-1] if rows else None
    return LineOfContract(line_id, name, missing, mapped, newest, points, month_charts.chart(points))


def figures(rows: Iterable[LineMonth]) -> tuple[Mapping[str, int | None], Mapping[str, int | None]]:
    """What usage asked for and what was billed, each by month."""
    kept = list(rows)
    return {row.month: row.target for row in kept}, {row.month: row.units for row in kept}


def _mapped(service_ids: Iterable[int]) -> set[int]:
    named = select(ProductMapping.service_id).where(ProductMapping.service_id.in_(list(service_ids))).distinct()
    return {service_id for service_id in db.session.scalars(named) if service_id is not None}


def _changes(contract_id: int, page: int) -> list[Change]:
    """By the day they take effect, the newest first."""
    mine = select(Change).where(Change.contract_id == contract_id)
    ordered = mine.order_by(Change.effective_date.desc(), Change.id.desc())
    return list(db.session.scalars(ordered.limit(CHANGES_A_PAGE).offset((page - 1) * CHANGES_A_PAGE)))


def _findings(contract_id: int, customers: Sequence[MappedCustomer]) -> list[Finding]:
    """The open findings about the contract itself and about its customers, the oldest first."""
    about = or_(Finding.subject == f"contract:{contract_id}", Finding.customer_id.in_([customer.id for customer in customers]))
    found = select(Finding).where(Finding.cleared_at.is_(None), about).order_by(Finding.first_seen_at, Finding.id)
    return list(db.session.scalars(found))
