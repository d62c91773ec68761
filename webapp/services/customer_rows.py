"""The rows of the customers page: everything that one shows, loaded with a fixed number of queries. Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from webapp.context import today
from webapp.domain import ACTIVE_RUN_STATES, LineState, ResultState, RunKind, RunState
from webapp.extensions import db
from webapp.models import Change, Company, Contract, Customer, Run, RunResult, TicketWatch
from webapp.models import Mapping as MappingRow
from webapp.services import companies, mappings, ticket_standing
from webapp.services.companies import ContractChoice
from webapp.services.matching import Candidate
from webapp.services.ticket_standing import TicketStanding

PAGE_SIZE = 50


@dataclass(frozen=True)
class CustomerRow:
    """One customer as the page shows it. Moments are UTC, dates plain and inclusive."""

    id: str
    name: str
    name_folded: str
    billing_type: str
    geography: str
    gone_at: datetime | None
    company_id: int | None
    company_name: str | None
    company_active: bool | None
    company_missing_since: datetime | None
    contract_id: int | None
    contract_name: str | None
    contract_status: int | None
    contract_missing_since: datetime | None
    contract_end: date | None
    usage_sync: bool
    ticket_sync: bool
    status: str | None
    status_at: datetime | None
    status_code: str | None
    status_run_id: int | None
    changed: int | None
    deferred: int | None
    error_code: str | None
    error_params: Mapping[str, Any] | None
    held: bool
    tickets: TicketStanding
    contracts: Sequence[ContractChoice] = field(default=())
    same_name: Candidate | None = None
    activity: str | None = None  # running or queued, while a run has it in hand
    today: date | None = None

    @property
    def unavailable(self) -> str | None:
        """Why usage sync is not available, as a code; None where it is."""
        return mappings.availability(self.billing_type, gone=self.gone_at is not None)

    @property
    def company_gone(self) -> bool:
        return self.company_id is not None and (not self.company_active or self.company_missing_since is not None)

    @property
    def contract_cancelled(self) -> bool:
        """Mapped, but no longer in effect: the select does not offer it."""
        in_effect = self.contract_status == companies.IN_EFFECT and self.contract_missing_since is None
        return self.contract_id is not None and not in_effect

    @property
    def contract_expired(self) -> bool:
        ended = self.contract_end is not None and self.today is not None and self.contract_end < self.today
        return ended and not self.contract_cancelled

    @property
    def cause(self) -> str | None:
        """Why the last sync failed, as a code."""
        return self.error_code or self.status_code

    def label(self, contract: ContractChoice) -> str:
        """The contract's name; with its number where two of the company have the same name."""
        twins = [choice for choice in self.contracts if choice.name == contract.name]
        return f"{contract.name} · {contract.number or contract.id}" if len(twins) > 1 else contract.name

    @property
    def state(self) -> str:
        """What the status cell says: running, queued, failed, held, succeeded, skipped or none."""
        if self.activity:
            return self.activity
        if self.held and self.status != ResultState.FAILED:
            return "held"
        return self.status or "none"


def joined(query: Any, *, companies_too: bool = True) -> Select[Any]:
    """The query over customers with their mappings and, where needed, companies."""
    query = query.select_from(Customer).join(MappingRow, MappingRow.customer_id == Customer.id)
    return query.outerjoin(Company, Company.id == MappingRow.company_id) if companies_too else query


def load(condition: ColumnElement[bool], order: Sequence[Any], *, offset: int = 0) -> list[CustomerRow]:
    """At most 50 rows, in six queries: which, what they show, contracts offered, companies of the same name, tickets and alerts,
    the run in hand."""
    which = joined(select(Customer.id)).outerjoin(Contract, Contract.id == MappingRow.contract_id).where(condition)
    ids = list(db.session.scalars(which.order_by(*order).limit(PAGE_SIZE).offset(offset)))
    query = (
        joined(select(*_columns()))
        .outerjoin(Contract, Contract.id == MappingRow.contract_id)
        .outerjoin(RunResult, and_(RunResult.run_id == MappingRow.status_run_id, RunResult.customer_id == Customer.id))
        .outerjoin(TicketWatch, TicketWatch.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
    )
    found = sorted((dict(row._mapping) for row in db.session.execute(query)), key=lambda row: ids.index(row["id"]))
    offered = companies.contract_choices({row["company_id"] for row in found if row["company_id"] is not None})
    same = companies.of_the_same_name({row["name_folded"] for row in found if row["company_id"] is None})
    counted = ticket_standing.counts(ids)
    run = _run_in_hand()
    for row in found:
        row["tickets"] = ticket_standing.of_row(row, counted)
        row["contracts"] = offered.get(row["company_id"], [])
        row["same_name"] = same.get(row["name_folded"]) if row["company_id"] is None else None
        row["activity"] = _activity(run, row)
        row["today"] = today()
    return [CustomerRow(**row) for row in found]


def _columns() -> list[ColumnElement[Any]]:
    columns = {
        "id": Customer.id,
        "name": func.coalesce(func.nullif(Customer.show_as, ""), Customer.name),
        "name_folded": Customer.name_folded,
        "billing_type": Customer.billing_type,
        "geography": Customer.data_geography,
        "gone_at": Customer.gone_at,
        "company_id": MappingRow.company_id,
        "company_name": Company.name,
        "company_active": Company.is_active,
        "company_missing_since": Company.missing_since,
        "contract_id": MappingRow.contract_id,
        "contract_name": Contract.name,
        "contract_status": Contract.status,
        "contract_missing_since": Contract.missing_since,
        "contract_end": Contract.end_date,
        "usage_sync": MappingRow.usage_sync,
        "ticket_sync": MappingRow.ticket_sync,
        "status": MappingRow.status,
        "status_at": MappingRow.status_at,
        "status_code": MappingRow.status_code,
        "status_run_id": MappingRow.status_run_id,
        "changed": RunResult.changed,
        "deferred": RunResult.deferred,
        "error_code": RunResult.error_code,
        "error_params": RunResult.error_params,
        "held": held(),
        **ticket_standing.columns(),
    }
    return [column.label(name) for name, column in columns.items()]


def _run_in_hand() -> Any:
    """The usage run that is queued or running, as (id, state, scope); None where there is none."""
    query = select(Run.id, Run.state, Run.scope).where(
        Run.kind == RunKind.USAGE, Run.state.in_(ACTIVE_RUN_STATES), Run.dry_run.is_(False)
    )
    return db.session.execute(query.order_by(Run.id.desc()).limit(1)).one_or_none()


def _activity(run: Any, row: Mapping[str, Any]) -> str | None:
    if run is None or row["status_run_id"] == run.id:
        return None
    in_scope = row["usage_sync"] if run.scope is None else row["id"] in run.scope
    if not in_scope:
        return None
    return "running" if run.state == RunState.RUNNING else "queued"


def held() -> ColumnElement[bool]:
    """Whether a change of the customer waits for a person. The list of a change's customers is JSON on both databases."""
    if db.engine.dialect.name == "sqlite":
        one = func.json_each(Change.customer_ids).table_valued("value")
    else:
        one = func.json_array_elements_text(Change.customer_ids).table_valued("value")
    return Customer.id.in_(select(one.c.value).select_from(Change).join(one, true()).where(Change.state == LineState.HELD))
