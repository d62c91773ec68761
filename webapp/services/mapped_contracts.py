"""The contracts that a usage run is about: those that customers are mapped to, and those that were left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.domain import Billing, Decision, LineState
from webapp.extensions import db
from webapp.models import Change, ContractSetting, Customer, LedgerLine
from webapp.models import Contract as ContractRow
from webapp.models import Mapping as CustomerMapping
from webapp.services import preferences
from webapp.services.plan_facts import Member


@dataclass(frozen=True)
class MappedContract:
    """A contract that customers are mapped to, as Kontor's own database knows it. ``billing`` is its way; ``own_billing`` says
    that a person chose it for this contract. ``newly_left_out``: a customer that was left out of the sum, while no person has
    approved a change of the contract since."""

    id: int
    name: str
    members: tuple[Member, ...]
    billing: Billing = Billing.DAILY
    own_billing: bool = False
    newly_left_out: str | None = None


def mapped_contracts(customer_ids: Sequence[str] | None) -> list[MappedContract]:
    """The contracts of the run with all customers on them: all, or those that the chosen customers are mapped to.

    A contract is in the run when usage sync is on for at least one customer on it, or one of them is left out of its sum. A run
    for all also has the contracts that no mapping names any more though Kontor has changed them. Reads only.
    """
    rows = db.session.execute(
        select(Customer, CustomerMapping, ContractRow)
        .join(CustomerMapping, CustomerMapping.customer_id == Customer.id)
        .join(ContractRow, ContractRow.id == CustomerMapping.contract_id)
        .order_by(ContractRow.id, Customer.name_folded, Customer.id)
    ).all()
    members: dict[int, list[Member]] = defaultdict(list)
    left_out: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    names = {}
    for customer, mapping, contract in rows:
        names[contract.id] = contract.name
        present = customer.gone_at is None and customer.missing_refreshes == 0
        out = mapping.left_out_contract_id == contract.id and not (mapping.usage_sync and present)
        if out and mapping.left_out_at:
            left_out[contract.id].append((mapping.left_out_at, customer.shown_name))
        members[contract.id].append(Member(customer.id, customer.shown_name, mapping.usage_sync, present, left_out=out))
    wanted = None if customer_ids is None else set(customer_ids)
    chosen = [contract_id for contract_id, group in members.items() if _takes_part(group, wanted)]
    ways = _Ways(left_out)
    found = [ways.contract(contract_id, names[contract_id], members[contract_id]) for contract_id in chosen]
    if customer_ids is None:
        found += [ways.contract(contract_id, name, []) for contract_id, name in _left_behind(members)]
    return found


def _takes_part(group: Iterable[Member], wanted: set[str] | None) -> bool:
    takes_part = (member for member in group if member.usage_sync or member.left_out)
    return any(wanted is None or member.customer_id in wanted for member in takes_part)


def _left_behind(mapped: Iterable[int]) -> list[tuple[int, str]]:
    """Contracts that no mapping names any more, with a line on which Kontor has confirmed units."""
    lines = select(LedgerLine.contract_id).where(LedgerLine.confirmed_units > 0, LedgerLine.contract_id.is_not(None)).distinct()
    behind = sorted({contract_id for contract_id in db.session.scalars(lines) if contract_id} - set(mapped))
    rows = {row.id: row.name for row in db.session.scalars(select(ContractRow)) if row.id in behind} if behind else {}
    return [(contract_id, rows.get(contract_id, str(contract_id))) for contract_id in behind]


class _Ways:
    """The billing way of each contract, and whether leaving out a customer was followed by a person's approval."""

    def __init__(self, left_out: dict[int, list[tuple[datetime, str]]]) -> None:
        self._default = Billing(preferences.get("billing"))
        own = select(ContractSetting).where(ContractSetting.billing.is_not(None))
        self._own = {row.contract_id: Billing(row.billing or self._default) for row in db.session.scalars(own)}
        self._left_out = left_out
        self._approved, self._held = _approvals(left_out), _held_for_it(left_out)

    def contract(self, contract_id: int, name: str, members: Sequence[Member]) -> MappedContract:
        own = self._own.get(contract_id)
        return MappedContract(
            contract_id, name, tuple(members), own or self._default, own is not None, self._newly_left_out(contract_id)
        )

    def _newly_left_out(self, contract_id: int) -> str | None:
        since = max(self._left_out.get(contract_id, []), default=None)
        approved = self._approved.get(contract_id)
        return since[1] if since and (contract_id in self._held or approved is None or approved <= since[0]) else None


def _held_for_it(contract_ids: Iterable[int]) -> set[int]:
    """Those of the contracts on which a line still waits because a customer was left out: the approval of one line is no word
    about the others."""
    waits = Change.state == LineState.HELD, Change.reason == "hold_left_out", Change.contract_id.in_(list(contract_ids))
    return set(db.session.scalars(select(Change.contract_id).where(*waits)))


def _approvals(contract_ids: Iterable[int]) -> dict[int, datetime]:
    """When a person last approved a change of each of these contracts."""
    ids = list(contract_ids)
    if not ids:
        return {}
    newest = select(Change.contract_id, func.max(Change.decided_at)).where(
        Change.contract_id.in_(ids), Change.decision == Decision.APPROVED, Change.state != LineState.SUPERSEDED
    )
    found = db.session.execute(newest.group_by(Change.contract_id))
    return {contract_id: moment for contract_id, moment in found if moment is not None}
