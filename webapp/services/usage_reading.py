"""Reads what a usage run needs, in bulk, and puts it together as the facts of each contract (design, section 7.2).

Network calls and database reads take turns: no transaction is open while a call is under way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.domain import Contract, ContractService, Month, ProductRule, UnitRow
from webapp.extensions import db
from webapp.models import Contract as ContractRow
from webapp.models import Customer, Service, Usage
from webapp.models import Mapping as CustomerMapping
from webapp.services import ledger_plans, product_rules, usage_history
from webapp.services.ledger_plans import LineHistory
from webapp.services.plan_facts import Facts, Line, Member, Used


@dataclass(frozen=True)
class MappedContract:
    """A contract that customers are mapped to, as Kontor's own database knows it."""

    id: int
    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class KnownService:
    """A service of the catalogue, as far as a plan needs it."""

    name: str
    period_type: int | None


@dataclass
class Reading:
    """What Autotask said, and what the ledger knew, when the run read it."""

    contracts: dict[int, Contract] = field(default_factory=dict)
    lines: dict[int, list[ContractService]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[int, list[UnitRow]] = field(default_factory=lambda: defaultdict(list))
    later: dict[int, list[UnitRow]] = field(default_factory=lambda: defaultdict(list))
    later_read: set[int] = field(default_factory=set)
    histories: dict[int, LineHistory] = field(default_factory=dict)
    services: dict[int, KnownService] = field(default_factory=dict)


def mapped_contracts(customer_ids: Sequence[str] | None) -> list[MappedContract]:
    """The contracts of the run with all customers on them: all, or those that the chosen customers are mapped to.

    A contract is in the run when usage sync is on for at least one customer on it. Reads only.
    """
    rows = db.session.execute(
        select(Customer, CustomerMapping, ContractRow)
        .join(CustomerMapping, CustomerMapping.customer_id == Customer.id)
        .join(ContractRow, ContractRow.id == CustomerMapping.contract_id)
        .order_by(ContractRow.id, Customer.name_folded, Customer.id)
    ).all()
    members: dict[int, list[Member]] = defaultdict(list)
    names = {}
    for customer, mapping, contract in rows:
        names[contract.id] = contract.name
        present = customer.gone_at is None and customer.missing_refreshes == 0
        members[contract.id].append(Member(customer.id, customer.shown_name, mapping.usage_sync, present))
    wanted = None if customer_ids is None else set(customer_ids)
    return [
        MappedContract(contract_id, names[contract_id], tuple(group))
        for contract_id, group in members.items()
        if any(member.usage_sync and (wanted is None or member.customer_id in wanted) for member in group)
    ]


def read_lines(autotask: AutotaskClient, contract_ids: Sequence[int], *, on: date, alive: Callable[[], None]) -> Reading:
    """The contracts again, their lines, and the unit row in force on ``on`` for each line that a product mapping names."""
    reading = Reading()
    for contracts in autotask.contracts(ids=contract_ids):
        reading.contracts.update((contract.id, contract) for contract in contracts)
        alive()
    for page in autotask.contract_services(contract_ids):
        for line in page:
            reading.lines[line.contract_id].append(line)
        alive()
    for service in db.session.execute(select(Service.id, Service.name, Service.period_type)):
        reading.services[service.id] = KnownService(service.name, service.period_type)
    mapped = product_rules.rules().mapped_services
    db.session.commit()
    lines = [line for group in reading.lines.values() for line in group if line.service_id in mapped]
    wanted = [line.id for line in lines if _open(reading, line, on)]
    for rows in autotask.units_in_force(wanted, on=on):
        for row in rows:
            reading.rows[row.contract_service_id].append(row)
        alive()
    reading.histories = ledger_plans.histories(wanted, on=on)
    db.session.commit()
    return reading


def _open(reading: Reading, line: ContractService, on: date) -> bool:
    """Whether the line's contract covers the day: an expired or future contract rightly has no unit row there."""
    contract = reading.contracts.get(line.contract_id)
    if contract is None or contract.start_date is None or contract.end_date is None:
        return False
    return contract.start_date <= on <= contract.end_date


def read_later_rows(autotask: AutotaskClient, reading: Reading, line_ids: Sequence[int], *, after: date) -> None:
    """The unit rows after ``after`` of the lines that would change: a change that somebody scheduled shows there."""
    for rows in autotask.units_after(line_ids, after=after):
        for row in rows:
            reading.later[row.contract_service_id].append(row)
    reading.later_read.update(line_ids)


def facts(contracts: Iterable[MappedContract], reading: Reading, *, month: Month) -> list[Facts]:
    """The facts of each contract, from what was read and the stored usage of the month. Reads the database only."""
    everyone = {member.customer_id for contract in contracts for member in contract.members}
    by_customer: dict[str, list[Usage]] = defaultdict(list)
    for usage in usage_history.of_customers(month, list(everyone)):
        assert usage.customer_id is not None
        by_customer[usage.customer_id].append(usage)
    rules = product_rules.rules()
    names = {service_id: service.name for service_id, service in reading.services.items()}
    return [_facts(contract, reading, by_customer, rules, names) for contract in contracts]


def _facts(
    contract: MappedContract,
    reading: Reading,
    by_customer: Mapping[str, list[Usage]],
    rules: product_rules.Rules,
    names: Mapping[int, str],
) -> Facts:
    usage = [row for member in contract.members for row in by_customer.get(member.customer_id, [])]
    standing = {row.customer_id: row.account_status for row in usage if row.account_status}
    found: dict[tuple[str, str], ProductRule] = {}
    for row in usage:
        assert row.customer_id is not None
        if rule := rules.resolved(row.product_code, row.customer_id):
            found[row.product_code, row.customer_id] = rule
    return Facts(
        contract_id=contract.id,
        contract_name=contract.name,
        contract=reading.contracts.get(contract.id),
        members=tuple(replace(member, account_status=standing.get(member.customer_id, "active")) for member in contract.members),
        lines=tuple(_line(line, reading) for line in reading.lines.get(contract.id, [])),
        usage=tuple(_used(row) for row in usage),
        rules=found,
        mapped_services=rules.mapped_services,
        service_names=names,
    )


def _used(row: Usage) -> Used:
    assert row.customer_id is not None
    return Used(row.customer_id, row.product_code, row.billable, row.actual, row.ordered)


def _line(line: ContractService, reading: Reading) -> Line:
    service = reading.services.get(line.service_id)
    history = reading.histories.get(line.id, LineHistory())
    return Line(
        contract_service_id=line.id,
        service_id=line.service_id,
        service_name=service.name if service else "",
        period_type=service.period_type if service else None,
        rows=tuple(reading.rows.get(line.id, ())),
        later=_later(line.id, reading),
        own_later=history.own_later,
        confirmed_units=history.confirmed_units,
        used_dates=history.used_dates,
    )


def with_later_rows(contracts: Iterable[Facts], reading: Reading) -> list[Facts]:
    """The same facts with the later unit rows that were read since. Nothing else is read again: a line that did not differ a
    moment ago has no later rows, and must not be posted without them."""
    return [
        replace(contract, lines=tuple(replace(line, later=_later(line.contract_service_id, reading)) for line in contract.lines))
        for contract in contracts
    ]


def _later(line_id: int, reading: Reading) -> tuple[UnitRow, ...] | None:
    return tuple(reading.later.get(line_id, ())) if line_id in reading.later_read else None
