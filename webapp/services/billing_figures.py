"""What the billing check is made from: a month's stored usage and lines with names, rules and changes. Only reads the database.

Columns are read instead of objects: a month may have 10,000 lines and several times as many usage figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product as pairs_of
from typing import Any

from sqlalchemy import func, select

from webapp.context import context
from webapp.domain import LineState, Month, ProductRule, Reason
from webapp.extensions import db
from webapp.models import Change, Contract, ContractService, Customer, LineMonth, Product, RunLine, Service, Usage
from webapp.models import Mapping as MappingRow
from webapp.services import mappings, product_rules
from webapp.services.billing_rows import Named, money
from webapp.services.billing_sums import CheckedLine, UsageFigure
from webapp.services.run_results import STATE_CODES

_PLAIN = ("equal", "more_used", "fewer_used")
"""Reasons of a plan that say no more than its figures."""


_LINE_COLUMNS = [column for column in LineMonth.__table__.columns if column.name not in ("id", "month", "run_id")]


@dataclass(frozen=True)
class Figures:
    """``new_lines``: (contract, service) for which a new line waits for approval."""

    usage: list[UsageFigure]
    lines: list[CheckedLine]
    new_lines: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class _Names:
    customers: Mapping[str, str]
    products: Mapping[str, str]
    services: Mapping[int, str]
    contracts: Mapping[int, str]


def of_month(month: Month) -> Figures:
    """Everything stored that the check of a month needs."""
    names = _Names(
        customers=_pairs(select(Customer.id, func.coalesce(func.nullif(Customer.show_as, ""), Customer.name))),
        products=_pairs(select(Product.code, Product.description)),
        services=_pairs(select(Service.id, Service.name)),
        contracts=_pairs(select(Contract.id, Contract.name)),
    )
    rules = product_rules.rules()
    lines = _lines(month, rules, names)
    usage = _usage(month, rules, names, read={line.contract_id for line in lines if line.state is not None})
    held = select(Change.contract_id, Change.service_id).where(
        Change.contract_service_id.is_(None), Change.state == LineState.HELD, Change.month == str(month)
    )
    return Figures(usage, lines, frozenset((contract, service) for contract, service in db.session.execute(held)))


def _pairs(statement: Any) -> dict[Any, str]:
    return {key: name or str(key) for key, name in db.session.execute(statement)}


# --- usage ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Mapped:
    """A customer's way to its contract. ``obstacle`` stops all of its usage."""

    contract_id: int | None
    contract: str
    obstacle: Reason | None


def _usage(month: Month, rules: product_rules.Rules, names: _Names, *, read: set[int]) -> list[UsageFigure]:
    mapped = _mapped(names, read)
    nobody = _Mapped(None, "", Reason("unbilled_no_customer"))
    columns = (Usage.customer_id, Usage.account_id, Usage.account_name, Usage.product_code)
    wanted = select(*columns, Usage.ordered, Usage.actual, Usage.billable).where(Usage.month == str(month)).order_by(Usage.id)
    resolved: dict[tuple[str, str | None], ProductRule | None] = {}
    found = []
    for customer_id, account, account_name, product, ordered, actual, billable in db.session.execute(wanted):
        way = mapped.get(customer_id, nobody)
        key = (product, customer_id)
        if key not in resolved:
            resolved[key] = rules.resolved(product, customer_id)
        rule = resolved[key]
        known = names.customers.get(customer_id) if customer_id else None
        found.append(
            UsageFigure(
                customer=Named(customer_id or account or "", known or account_name or account or ""),
                product=Named(product, names.products.get(product, product)),
                ordered=ordered,
                actual=actual,
                billable=billable,
                contract_id=way.contract_id,
                contract=way.contract,
                service=names.services.get(rule.service_id or 0, "") if rule else "",
                rule=rule,
                obstacle=way.obstacle,
            )
        )
    return found


def _mapped(names: _Names, read: set[int]) -> dict[str | None, _Mapped]:
    """Each customer's contract. ``read``: the contracts that a run has read for the month."""
    columns = (Customer.id, Customer.billing_type, Customer.gone_at, Customer.missing_refreshes)
    joined = select(
        *columns, MappingRow.contract_id, MappingRow.usage_sync, MappingRow.left_out_contract_id, MappingRow.left_out_by
    )
    rows = db.session.execute(joined.join(MappingRow, MappingRow.customer_id == Customer.id)).all()
    synced = {row.contract_id for row in rows if row.usage_sync} | read
    return {row.id: _way(row, names.contracts.get(row.contract_id, ""), row.contract_id in synced) for row in rows}


def _way(row: Any, contract: str, synced: bool) -> _Mapped:
    available = mappings.availability(row.billing_type, gone=False) is None
    if row.contract_id is None:
        return _Mapped(None, "", Reason("unbilled_unmapped" if available else "unbilled_not_available"))
    absent = not row.usage_sync or row.gone_at is not None or row.missing_refreshes > 0
    reason = None
    if absent and row.left_out_contract_id == row.contract_id:
        reason = Reason("unbilled_left_out", {"contract": contract, "by": (row.left_out_by or "–").removeprefix("user:")})
    elif not synced:
        reason = Reason("unbilled_sync_off" if available else "unbilled_not_available", {"contract": contract})
    return _Mapped(row.contract_id, contract, reason)


# --- lines ----------------------------------------------------------------------------------------------------------------


def _lines(month: Month, rules: product_rules.Rules, names: _Names) -> list[CheckedLine]:
    """The lines that runs have read for the month, and those of the mapped contracts that none has."""
    told = _told(month)
    proved = _proved(month)
    changes = _changes(month)
    found = {}
    stored = select(*_LINE_COLUMNS).where(LineMonth.month == str(month)).order_by(LineMonth.id)
    for row in db.session.execute(stored):
        line = _read_line(row, told.get(row.contract_service_id), names)
        found[line.id] = _after(line, row, changes.get(line.id), proved.get(line.id))
    for each in _unread(rules):
        if each.id not in found:
            service = names.services.get(each.service_id, "")
            contract = names.contracts.get(each.contract_id, "")
            found[each.id] = CheckedLine(each.id, each.contract_id, contract, each.service_id, service)
    return list(found.values())


def _unread(rules: product_rules.Rules) -> Iterable[Any]:
    """The lines that Kontor might write to: of a mapped service, on a contract with a customer whose usage sync is on."""
    contracts = select(MappingRow.contract_id).where(MappingRow.usage_sync.is_(True), MappingRow.contract_id.is_not(None))
    lines = select(ContractService.id, ContractService.contract_id, ContractService.service_id)
    wanted = lines.where(ContractService.contract_id.in_(contracts), ContractService.missing_since.is_(None))
    mapped = rules.mapped_services
    return (row for row in db.session.execute(wanted) if row.service_id in mapped)


def _read_line(row: Any, told: Any, names: _Names) -> CheckedLine:
    state = LineState(row.state)
    code = row.code or STATE_CODES.get(state) or (told.reason if told else None)
    code = None if code in _PLAIN else code
    params = {"service": row.service_name, **(dict(told.reason_params) if told else {})}
    return CheckedLine(
        id=row.contract_service_id,
        contract_id=row.contract_id,
        contract=names.contracts.get(row.contract_id, ""),
        service_id=row.service_id,
        service=names.services.get(row.service_id, row.service_name),
        customers=tuple(Named(each, names.customers.get(each, each)) for each in row.customer_ids),
        usage_keys=frozenset(pairs_of(row.customer_ids, row.products)),
        units=row.units,
        price=money(row.price),
        posted=row.posted,
        target=row.target,
        state=state,
        code=code,
        params=params,
        until=(told.waits_until or (told.effective_date if state is LineState.DEFERRED else None)) if told else None,
    )


def _after(line: CheckedLine, row: Any, change: Any, proved: Any) -> CheckedLine:
    """The line after what became of its change since it was read: approved and confirmed, dismissed, found not applied."""
    if proved:
        on = proved.confirmed_at.astimezone(context().clock.zone).date() if proved.confirmed_at else None
        line = replace(line, confirmed=proved.target, confirmed_on=on)
    if change is None:
        return line
    state = LineState(change.state)
    if state is LineState.CONFIRMED and change.effective_date > row.units_on:
        line = replace(line, later=change.target, later_from=change.effective_date)
    if change.changed_at > row.read_at and state is not line.state:
        code = change.code or STATE_CODES.get(state) or (None if change.reason in _PLAIN else change.reason)
        line = replace(line, state=state, code=code, params={"service": row.service_name, **change.reason_params})
    if line.state is LineState.CONFIRMED and state is LineState.CONFIRMED and line.later is None:
        line = replace(line, units=change.target if change.units_after is None else change.units_after)
    return line


def _told(month: Month) -> dict[int, Any]:
    """What the run that read a line last said of it, where that is more than its figures; by line."""
    columns = (RunLine.contract_service_id, RunLine.reason, RunLine.reason_params, RunLine.waits_until, RunLine.effective_date)
    same = (RunLine.run_id == LineMonth.run_id) & (RunLine.contract_service_id == LineMonth.contract_service_id)
    wanted = select(*columns).join(LineMonth, same)
    more = RunLine.reason.not_in(_PLAIN) | RunLine.waits_until.is_not(None)
    wanted = wanted.where(LineMonth.month == str(month), more)
    return {row.contract_service_id: row for row in db.session.execute(wanted)}


def _changes(month: Month) -> dict[int | None, Any]:
    """The newest change of each line that was planned for the month."""
    columns = (Change.contract_service_id, Change.state, Change.code, Change.reason, Change.reason_params)
    figures = (Change.target, Change.units_after, Change.effective_date, Change.changed_at)
    wanted = select(*columns, *figures).order_by(Change.id)
    wanted = wanted.where(Change.month == str(month), Change.state != LineState.SUPERSEDED)
    return {row.contract_service_id: row for row in db.session.execute(wanted)}


def _proved(month: Month) -> dict[int | None, Any]:
    """The last change of each line that Kontor has proved, up to this month's."""
    confirmed = Change.state == LineState.CONFIRMED
    newest = select(func.max(Change.id)).where(confirmed, Change.month <= str(month)).group_by(Change.contract_service_id)
    wanted = select(Change.contract_service_id, Change.target, Change.confirmed_at).where(Change.id.in_(newest))
    return {row.contract_service_id: row for row in db.session.execute(wanted)}
