"""Plans the contracts of approved changes again, on fresh reads: the one place where an approval meets the planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.sophos.client import SophosClient
from webapp.domain import Month
from webapp.extensions import db
from webapp.models import Change
from webapp.models import Mapping as CustomerMapping
from webapp.services import usage_month, usage_reading, usage_sync
from webapp.services.plan_facts import LinePlan
from webapp.services.usage_reading import MappedContract, Reading
from webapp.services.usage_run import UsageRun


@dataclass(frozen=True)
class Planned:
    """The plans of some contracts for one month; ``settled``: the change of the ledger in place of a plan, by its index."""

    contracts: list[MappedContract]
    plans: Sequence[LinePlan]
    settled: Mapping[int, int]
    reading: Reading
    on: date
    read_at: datetime


def contracts_of(changes: Sequence[Change]) -> list[MappedContract]:
    """The contracts of these changes with the customers on them; a contract to which nobody is mapped any more is left out.
    Reads only."""
    contract_ids = {change.contract_id for change in changes}
    mapped = select(CustomerMapping.customer_id).where(CustomerMapping.contract_id.in_(contract_ids))
    found = usage_reading.mapped_contracts(list(db.session.scalars(mapped)))
    return [contract for contract in found if contract.id in contract_ids]


def plan_again(
    usage_run: UsageRun,
    sophos: SophosClient,
    autotask: AutotaskClient,
    *,
    contract_ids: Sequence[int],
    month: Month,
    closed: bool,
) -> Planned | None:
    """The plans of these contracts, read anew from both systems; None where no customer is mapped to them any more. Commits.

    Raises RunStopped, ApiError, BudgetReached, RunCancelled, LeaseLost.
    """
    mapped = select(CustomerMapping.customer_id).where(CustomerMapping.contract_id.in_(contract_ids))
    customers = tuple(db.session.scalars(mapped.where(CustomerMapping.usage_sync.is_(True))))
    own = replace(usage_run, month=month, scope=customers, repeats_refused=True)
    own.contracts = usage_reading.mapped_contracts(customers)
    db.session.commit()
    if not own.contracts:
        return None
    members = [member.customer_id for contract in own.contracts for member in contract.members]
    usage_month.read_and_keep(sophos, month, run_id=own.run_id, customer_ids=members, alive=own.alive)
    reading = usage_sync._read_contracts(own, autotask)
    plans, settled = usage_sync._planned(own, autotask, reading)
    usage_run.lease = own.lease
    assert own.read_at is not None
    return Planned(own.contracts, plans, settled, reading, own.on, own.read_at)
