"""Which lines and results of a run hold a text, as conditions for a query. Capitals and umlauts do not matter in names that
the mirror keeps folded (customers, services)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, column, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Customer, RunLine, RunResult, RunTicket, Service


def lines(run_id: int, q: str) -> list[ColumnElement[bool]]:
    """The lines of a run with ``q`` in the name of a customer, the contract, the service or the code of a product."""
    mine = [RunLine.run_id == run_id]
    if not q:
        return mine
    customer = _element(RunLine.customer_ids)
    name = _element(RunLine.customer_names)
    hits: list[ColumnElement[bool]] = [
        RunLine.contract_name.icontains(q, autoescape=True),
        RunLine.service_name.icontains(q, autoescape=True),
        cast(RunLine.products, String).icontains(q, autoescape=True),
        exists(select(name.c.value).where(func.lower(name.c.value).contains(q.lower(), autoescape=True))),
        RunLine.service_id.in_(select(Service.id).where(_folded(Service.name_folded, q))),
        exists(select(customer.c.value).where(customer.c.value.in_(_customers(q)))),
    ]
    return [*mine, or_(*hits)]


def results(run_id: int, q: str, state: str) -> list[ColumnElement[bool]]:
    """The results of a run with ``q`` in the customer's name, and in this state if one is given."""
    found = [RunResult.run_id == run_id]
    if state:
        found.append(RunResult.state == state)
    if q:
        found.append(or_(RunResult.customer_name.icontains(q, autoescape=True), RunResult.customer_id.in_(_customers(q))))
    return found


def tickets(run_id: int, q: str) -> list[ColumnElement[bool]]:
    """The tickets and alerts of a run with ``q`` in the customer's name or in the title."""
    found = [RunTicket.run_id == run_id]
    if q:
        named = or_(RunTicket.customer_name.icontains(q, autoescape=True), RunTicket.customer_id.in_(_customers(q)))
        found.append(or_(named, RunTicket.title.icontains(q, autoescape=True)))
    return found


def _customers(q: str) -> Any:
    return select(Customer.id).where(_folded(Customer.name_folded, q))


def _folded(name: InstrumentedAttribute[str], q: str) -> ColumnElement[bool]:
    """A text of signs alone folds to nothing, and nothing fits nothing."""
    folded = fold(q)
    return name.contains(folded, autoescape=True) if folded else false()


def _element(names: InstrumentedAttribute[list[str]]) -> Any:
    """The texts of a list in a row, as a table with one column ``value``; the list is JSON on both databases."""
    if db.engine.dialect.name == "sqlite":
        return func.json_each(names).table_valued(column("value", String))
    return func.json_array_elements_text(names).table_valued(column("value", String))
