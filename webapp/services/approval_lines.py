"""Changes as lines of a run document: those that wait, and those that an approval was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from webapp.domain import LineState
from webapp.extensions import db
from webapp.models import Change, Contract, Customer, Run, RunLine
from webapp.services import approvals
from webapp.services.approval_verdicts import Verdict


@dataclass(frozen=True)
class Names:
    """What customers and contracts are called, by id."""

    customers: Mapping[str, str]
    contracts: Mapping[int, str]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Names:
        """Reads only."""
        found = list(changes)
        customer_ids = {customer_id for change in found for customer_id in change.customer_ids}
        contract_ids = {change.contract_id for change in found}
        customers = db.session.scalars(select(Customer).where(Customer.id.in_(customer_ids)))
        contracts = db.session.execute(select(Contract.id, Contract.name).where(Contract.id.in_(contract_ids)))
        return cls({each.id: each.shown_name for each in customers}, {number: name for number, name in contracts})

    def of_customers(self, change: Change) -> list[str]:
        return [self.customers.get(customer_id, customer_id) for customer_id in change.customer_ids]


def line_of(change: Change, names: Names, **more: Any) -> RunLine:
    """A change as a line, not in the session: for documents and pages. ``more`` sets further columns."""
    columns: dict[str, Any] = {
        "change_id": change.id,
        "contract_id": change.contract_id,
        "contract_name": names.contracts.get(change.contract_id, ""),
        "contract_service_id": change.contract_service_id,
        "service_id": change.service_id,
        "service_name": change.service_name,
        "customer_ids": list(change.customer_ids),
        "customer_names": names.of_customers(change),
        "products": list(change.products),
        "before": change.before,
        "target": change.target,
        "delta": change.delta,
        "effective_date": change.effective_date,
        "period_start": change.period_start,
        "period_end": change.period_end,
        "state": change.state,
        "code": change.code,
        "reason": change.reason,
        "reason_params": dict(change.reason_params),
    }
    return RunLine(**{**columns, **more})


def stale_line(change: Change, names: Names, **more: Any) -> RunLine:
    """A change that was asked for and does not wait any more."""
    reason = approvals.stale_reason(change)
    params = {**change.reason_params, **reason.params}
    return line_of(change, names, code=reason.key, reason_params=params, **more)


def keep(run: Run, verdicts: Mapping[int, Verdict], changes: Sequence[Change], gone: Sequence[Change]) -> None:
    """Write the lines of an approval: one for each change with a verdict, one for each that does not wait any more. Flushes.

    Lines of the same changes that an interrupted try left behind are replaced.
    """
    names = Names.of((*changes, *gone))
    ids = [change.id for change in (*changes, *gone)]
    db.session.execute(delete(RunLine).where(RunLine.run_id == run.id, RunLine.change_id.in_(ids)))
    for change in changes:
        db.session.add(_judged(run, change, verdicts[change.id], names))
    db.session.add_all(stale_line(change, names, run_id=run.id) for change in gone)
    db.session.flush()


def _judged(run: Run, change: Change, verdict: Verdict, names: Names) -> RunLine:
    return line_of(
        change,
        names,
        run_id=run.id,
        state=verdict.state,
        code=verdict.code,
        reason_params={**change.reason_params, **verdict.params},
        effective_date=None if verdict.state is LineState.BLOCKED else verdict.effective_date or change.effective_date,
        price=verdict.price,
        period_start=verdict.period_start,
        period_end=verdict.period_end,
        waits_until=verdict.waits_until,
    )
