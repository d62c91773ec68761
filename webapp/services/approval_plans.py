"""Plans the contracts of approved changes again, on fresh reads: the one place where an approval meets the planning."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.sophos.client import SophosClient
from webapp.context import context, today
from webapp.domain import Month
from webapp.extensions import db
from webapp.models import Change
from webapp.models import Mapping as CustomerMapping
from webapp.services import usage_planning
from webapp.services.mapped_contracts import MappedContract, mapped_contracts
from webapp.services.usage_planning import Planning
from webapp.services.usage_run import UsageRun


def contracts_of(changes: Iterable[Change]) -> list[MappedContract]:
    """The contracts of these changes with the customers on them; a contract to which nobody is mapped any more is left out.
    Reads only."""
    contract_ids = {change.contract_id for change in changes}
    if not contract_ids:
        return []
    mapped = select(CustomerMapping.customer_id).where(CustomerMapping.contract_id.in_(contract_ids))
    found = mapped_contracts(list(db.session.scalars(mapped)))
    return [contract for contract in found if contract.id in contract_ids]


def planned_for(change: Change) -> tuple[Month, bool]:
    """The month whose usage a change is planned from again, and whether as closed. What was planned while its month ran and is
    approved after its end is dated as its close would date it: as a past month by hand it would be billed from the beginning of
    the month's own period, which nobody asked for."""
    month, asked_on = Month.parse(change.month), change.created_at.astimezone(context().settings.timezone).date()
    ran = month == Month.of(asked_on) and month != Month.of(today())
    return month, change.closed or ran


def plan_again(
    usage_run: UsageRun,
    sophos: SophosClient,
    autotask: AutotaskClient,
    *,
    contract_ids: Collection[int],
    month: Month,
    closed: bool,
) -> list[Planning]:
    """The plans that hold these contracts, read anew from both systems. Commits.

    Contracts that no mapping names any more, but on which Kontor has confirmed units, are only planned in a run for all.
    Raises RunStopped, ApiError, BudgetReached, RunCancelled, LeaseLost.
    """
    mapped = select(CustomerMapping.customer_id, CustomerMapping.contract_id)
    found = db.session.execute(mapped.where(CustomerMapping.contract_id.in_(contract_ids))).all()
    customers, left_behind = tuple(customer for customer, _ in found), set(contract_ids) - {contract for _, contract in found}
    db.session.commit()
    scopes = [customers] if customers else []
    plannings = []
    for scope in [*scopes, *([None] if left_behind else [])]:
        own = replace(usage_run, month=month, closed=closed, scope=scope, repeats_refused=True, contracts=[])
        plannings.append(usage_planning.plan(own, sophos, autotask))
        usage_run.lease = own.lease
    return plannings
