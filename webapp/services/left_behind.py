"""Lines that Kontor bills and that no mapping names any more. Saving a mapping shows them first (design, section 7.2 step 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Contract, LedgerLine, Mapping, Service
from webapp.services import product_rules

Saved = TypeVar("Saved")
MOST_NAMED = 5


@dataclass(frozen=True)
class Billed:
    """A line on which Kontor has confirmed ``units``."""

    contract_service_id: int
    contract_id: int
    service_id: int
    units: int


def billed() -> list[Billed]:
    """The lines that Kontor bills. Reads only."""
    rows = select(LedgerLine).where(LedgerLine.confirmed_units > 0, LedgerLine.contract_id.is_not(None))
    return [
        Billed(row.contract_service_id, row.contract_id, row.service_id or 0, row.confirmed_units or 0)
        for row in db.session.scalars(rows.order_by(LedgerLine.contract_service_id))
        if row.contract_id is not None
    ]


def unnamed(lines: Iterable[Billed], *, contracts: Collection[int], services: Collection[int]) -> list[Billed]:
    """Those that none of these contracts and services names."""
    return [line for line in lines if line.contract_id not in contracts or line.service_id not in services]


def mapped_contracts() -> set[int]:
    """The contracts that any customer is mapped to. Reads only."""
    return {contract for contract in db.session.scalars(select(Mapping.contract_id).distinct()) if contract is not None}


def saved(change: Callable[[], Saved], *, field: str, accepted: bool) -> Saved:
    """Make the change; Refused(leaves_lines) at ``field`` where it would leave lines behind that were named before, unless the
    person has seen them and ``accepted``. The caller then rolls back."""
    lines = [] if accepted else billed()
    before = {line.contract_service_id for line in _unnamed_now(lines)}
    result = change()
    left = [line for line in _unnamed_now(lines) if line.contract_service_id not in before]
    if left:
        raise Refused("leaves_lines", field, lines=in_words(left))
    return result


def _unnamed_now(lines: list[Billed]) -> list[Billed]:
    if not lines:
        return []
    return unnamed(lines, contracts=mapped_contracts(), services=product_rules.rules().mapped_services)


def in_words(lines: list[Billed]) -> str:
    """The first of the lines by contract and service, with their units. Reads only."""
    named = []
    for line in lines[:MOST_NAMED]:
        contract, service = db.session.get(Contract, line.contract_id), db.session.get(Service, line.service_id)
        names = [contract.name if contract else str(line.contract_id), service.name if service else str(line.service_id)]
        named.append(f"{', '.join(names)} ({line.units})")
    return "; ".join(named) + (" …" if len(lines) > MOST_NAMED else "")
