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
from webapp.models import Service, Usage
from webapp.services import ledger_plans, product_rules, usage_history
from webapp.services.billing_dates import Occasion
from webapp.services.ledger_plans import LineHistory
from webapp.services.line_plan import line_dates
from webapp.services.mapped_contracts import MappedContract
from webapp.services.plan_facts import Facts, Line, Used


@dataclass(frozen=True)
class KnownService:
    """A service of the catalogue, as far as a plan needs it."""

    name: str
    period_type: int | None


@dataclass
class Reading:
    """What Autotask said, and what the ledger knew before the units were read. ``since``: the first day whose rows were asked
    for; ``dates``: for each line the day whose units an increase starts from, where the contract covers it."""

    contracts: dict[int, Contract] = field(default_factory=dict)
    lines: dict[int, list[ContractService]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[int, list[UnitRow]] = field(default_factory=lambda: defaultdict(list))
    later: dict[int, list[UnitRow]] = field(default_factory=lambda: defaultdict(list))
    later_read: set[int] = field(default_factory=set)
    histories: dict[int, LineHistory] = field(default_factory=dict)
    services: dict[int, KnownService] = field(default_factory=dict)
    decided: frozenset[int] = frozenset()
    dates: dict[int, date] = field(default_factory=dict)
    since: date | None = None


def read_lines(autotask: AutotaskClient, contract_ids: Sequence[int], *, alive: Callable[[], None]) -> Reading:
    """The contracts again and their lines, and what the ledger knows of them. No unit row is read yet: what the ledger knows must
    be older than the units, or a change that was settled in between would be planned a second time."""
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
    reading.histories = ledger_plans.histories([line.id for group in reading.lines.values() for line in group])
    db.session.commit()
    return reading


def read_units(
    autotask: AutotaskClient, reading: Reading, contracts: Iterable[Facts], occasion: Occasion, *, alive: Callable[[], None]
) -> list[Facts]:
    """The same facts with the unit rows in force on the days of each line that may change."""
    contracts = list(contracts)
    days: set[date] = set()
    for facts in contracts:
        for line in facts.lines:
            dates = line_dates(facts, line, occasion) if may_change(facts, line) else None
            if dates is None:
                continue
            if _covers(facts.contract, dates.increase):
                reading.dates[line.contract_service_id] = dates.increase
            covered = [day for day in dates.days if _covers(facts.contract, day)]
            if not covered and dates.waits_until and _covers(facts.contract, occasion.today):
                covered = [occasion.today]  # the contract ends before the change could take effect
            days.update(covered)
            if covered:
                reading.rows[line.contract_service_id] = []
    wanted = list(reading.rows)
    if wanted:
        reading.since = min(days)
        for rows in autotask.units_in_force(wanted, on=reading.since, until=max(days)):
            for row in rows:
                reading.rows[row.contract_service_id].append(row)
            alive()
    return with_rows(contracts, reading)


def may_change(facts: Facts, line: Line) -> bool:
    """Whether a plan can speak of the line: a product mapping names its service, or Kontor has changed it before."""
    named = bool(facts.members) and line.service_id in facts.mapped_services
    return named or bool(line.confirmed_units)


def _covers(contract: Contract | None, day: date) -> bool:
    """Whether the contract covers the day: an expired or future contract rightly has no unit row there."""
    if contract is None or contract.start_date is None or contract.end_date is None:
        return False
    return contract.start_date <= day <= contract.end_date


def read_later_rows(autotask: AutotaskClient, reading: Reading, line_ids: Sequence[int]) -> None:
    """All unit rows after the days read so far, of the lines that would change: a change that somebody scheduled shows there."""
    assert reading.since is not None
    for rows in autotask.units_after(line_ids, after=reading.since):
        for row in rows:
            reading.later[row.contract_service_id].append(row)
    reading.later_read.update(line_ids)


def facts(contracts: Iterable[MappedContract], reading: Reading, *, month: Month) -> list[Facts]:
    """The facts of each contract, from what was read and the stored usage of the month. Reads the database only."""
    contracts = list(contracts)
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
        billing=contract.billing,
        own_billing=contract.own_billing,
        newly_left_out=contract.newly_left_out,
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
        own=history.own,
        confirmed_units=history.confirmed_units,
        used_dates=history.used_dates,
        pinned=history.pinned,
        later_decision=history.later_decision,
        later_step=history.later_step,
        decided=line.id in reading.decided,
    )


def with_rows(contracts: Iterable[Facts], reading: Reading) -> list[Facts]:
    """The same facts with the unit rows that were read since. Nothing else is read again."""
    return [replace(contract, lines=tuple(_with_rows(line, reading) for line in contract.lines)) for contract in contracts]


def _with_rows(line: Line, reading: Reading) -> Line:
    line_id = line.contract_service_id
    later = tuple(reading.later.get(line_id, ())) if line_id in reading.later_read else None
    return replace(line, rows=tuple(reading.rows.get(line_id, ())), later=later)
