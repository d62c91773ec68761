"""The refresh: reads both systems in pages and brings the mirror up to date (design, section 7.1).

A page is fetched, written in one short transaction and committed, then the next is fetched. What is missing is marked only
after a complete list, and a list that would make everything vanish is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import ColumnElement

from webapp import models
from webapp.clients.autotask import AutotaskClient
from webapp.clients.causes import EMPTY
from webapp.clients.errors import BadAnswer
from webapp.clients.http import Counter
from webapp.clients.sophos import SophosClient
from webapp.context import now, today
from webapp.domain import Company, Contract, ContractService, Service
from webapp.extensions import db
from webapp.services import connections, findings, mirror, refresh_customers, refresh_findings
from webapp.services.refresh_customers import CustomerRefresh

Row = TypeVar("Row", Company, Contract, Service, ContractService)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh found. ``customers`` are those that were asked for, or all that Sophos listed, with how it went."""

    customers: tuple[CustomerRefresh, ...]
    new_customers: int
    companies: int
    contracts: int
    services: int
    contract_services: int


def carry_out(
    *,
    scope: tuple[str, ...] | None,
    counter: Counter,
    progress: Progress = lambda _done, _total: None,
    still_ours: Callable[[], None] = lambda: None,
) -> RefreshResult:
    """Refresh everything, or the customers of ``scope`` (ids) with their companies, contracts and lines.

    ``progress(customers done, customers in all)`` and ``still_ours()`` are called between pages; either may raise to stop.
    Commits as it goes. Raises Refused (not_connected, customer_unknown) and ApiError.
    """
    ids = refresh_customers.known_ids(scope) if scope is not None else None
    sophos, autotask = connections.open_sophos(counter), connections.open_autotask(counter)
    return _Refresh(sophos, autotask, progress, still_ours).run(ids)


@dataclass
class _Refresh:
    sophos: SophosClient
    autotask: AutotaskClient
    progress: Progress
    still_ours: Callable[[], None]
    seen: dict[type[mirror.Entity], set[int]] = field(default_factory=dict)
    done: tuple[int, int] = (0, 0)

    def run(self, scope: tuple[str, ...] | None) -> RefreshResult:
        read = refresh_customers.Reading(self.sophos, self._between_pages)
        read.chosen(scope) if scope is not None else read.everything()
        if scope is None:
            self._read_all()
        else:
            self._read_of(*refresh_customers.mapped_to(scope))
        raised = refresh_findings.collect(today=today(), moment=now(), changed=read.changed)
        findings.replace(source=refresh_findings.SOURCE, findings=raised)
        db.session.commit()
        self.progress(len(read.results), len(read.results))
        return self._result(read)

    def _result(self, read: refresh_customers.Reading) -> RefreshResult:
        counts = {model: len(ids) for model, ids in self.seen.items()}
        return RefreshResult(
            customers=tuple(read.results),
            new_customers=read.new,
            companies=counts.get(models.Company, 0),
            contracts=counts.get(models.Contract, 0),
            services=counts.get(models.Service, 0),
            contract_services=counts.get(models.ContractService, 0),
        )

    def _between_pages(self, done: int, total: int) -> None:
        self.done = (done, total)
        self._go_on()

    def _go_on(self) -> None:
        self.progress(*self.done)
        self.still_ours()
        db.session.commit()  # neither may leave a transaction open for the next call

    def _read_all(self) -> None:
        """Services before lines, which refer to them."""
        self._write(models.Company, self.autotask.companies(), mirror.companies)
        self._write(models.Contract, self.autotask.contracts(), mirror.contracts)
        self._write(models.Service, self.autotask.services(), mirror.services)
        self._write_lines(self.seen[models.Contract])
        for model, ids in self.seen.items():
            gone = mirror.present(model) - ids
            if gone and not mirror.present(model) & ids:
                db.session.rollback()
                raise BadAnswer("Autotask", cause=EMPTY)
            mirror.mark_missing(model, gone, now())
        db.session.commit()

    def _read_of(self, company_ids: set[int], contract_ids: set[int]) -> None:
        """The same for the companies and contracts of some customers."""
        self._write(models.Company, self.autotask.companies(company_ids), mirror.companies)
        self._write(models.Contract, self.autotask.contracts(company_ids=company_ids), mirror.contracts)
        self._write(models.Contract, self.autotask.contracts(contract_ids - self.seen[models.Contract]), mirror.contracts)
        all_contracts = contract_ids | self.seen[models.Contract]
        self._write_lines(all_contracts)
        asked: dict[type[mirror.Entity], ColumnElement[bool]] = {
            models.Company: models.Company.id.in_(company_ids),
            models.Contract: models.Contract.company_id.in_(company_ids) | models.Contract.id.in_(contract_ids),
            models.ContractService: models.ContractService.contract_id.in_(all_contracts),
        }
        for model, among in asked.items():
            mirror.mark_missing(model, mirror.present(model, among) - self.seen[model], now())
        db.session.commit()

    def _write(
        self, model: type[mirror.Entity], pages: Iterator[tuple[Row, ...]], write: Callable[[tuple[Row, ...]], None]
    ) -> None:
        seen = self.seen.setdefault(model, set())
        for page in pages:
            write(page)
            db.session.commit()
            seen.update(row.id for row in page)
            self._go_on()

    def _write_lines(self, contract_ids: Iterable[int]) -> None:
        pages = self.autotask.contract_services(sorted(contract_ids))
        self._write(models.ContractService, pages, lambda page: mirror.contract_services(page, now()))
