"""Conflicts: Autotask shows neither what stood before a change nor what should stand after it, and a person chooses.

*Adopt*: what Autotask shows is right. *Correct*: the target is right; the difference to what Autotask shows becomes a held
change of its own, which is approved like every other (design, section 7.2 "Read-back").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from webapp.context import now, today
from webapp.domain import Decision, LineState, Origin, Reason
from webapp.errors import Refused
from webapp.extensions import changed_rows, db
from webapp.models import Change, Contract, Customer, LedgerLine
from webapp.services import audit, ledger, ledger_plans, runs
from webapp.services.undo_plan import next_allowed


@dataclass(frozen=True)
class Conflict:
    """One conflict with its three figures: ``before`` and ``after`` are what Kontor expected before and after the change,
    ``shown`` what Autotask showed when it was read back."""

    change: Change
    contract_name: str
    customer_names: tuple[str, ...]

    @property
    def before(self) -> int:
        return self.change.before

    @property
    def after(self) -> int:
        return self.change.target

    @property
    def shown(self) -> int | None:
        return self.change.units_after


def listed(*, contract_id: int | None = None) -> list[Conflict]:
    """The open conflicts, all or those of one contract, the oldest first. Reads only."""
    wanted = select(Change).where(Change.state == LineState.CONFLICT).order_by(Change.id)
    if contract_id is not None:
        wanted = wanted.where(Change.contract_id == contract_id)
    changes = list(db.session.scalars(wanted))
    if not changes:
        return []
    ids = {change.contract_id for change in changes}
    contracts = {row.id: row.name for row in db.session.scalars(select(Contract).where(Contract.id.in_(ids)))}
    everybody = {customer_id for change in changes for customer_id in change.customer_ids}
    names = {row.id: row.shown_name for row in db.session.scalars(select(Customer).where(Customer.id.in_(everybody)))}
    return [
        Conflict(
            change,
            contracts.get(change.contract_id, f"#{change.contract_id}"),
            tuple(sorted(names.get(customer_id, customer_id) for customer_id in change.customer_ids)),
        )
        for change in changes
    ]


def adopt(*, change_ids: Sequence[int], by: str) -> list[Change]:
    """What Autotask shows is right. The caller commits.

    The changes leave the state ``conflict`` and their lines go on from the units that were seen; the next run plans from there.
    Raises Refused(conflict_unknown); then nothing is changed.
    """
    changes = [_open(change_id) for change_id in dict.fromkeys(change_ids)]
    for change in changes:
        _decide(change, Decision.ADOPTED, by)
    return changes


def correct(*, change_ids: Sequence[int], by: str) -> list[Change]:
    """The target is right: gives the new held changes that make up the difference, to be approved at once. The caller commits.

    A conflict whose target stands by now needs no change. Raises Refused: conflict_unknown, contract_ended, contract_invalid;
    then nothing is changed.
    """
    changes = [_open(change_id) for change_id in dict.fromkeys(change_ids)]
    return [made for change in changes if (made := _correct(change, by))]


def _correct(change: Change, by: str) -> Change | None:
    seen, line_id = change.units_after, change.contract_service_id
    assert seen is not None
    assert line_id is not None
    contract = db.session.get(Contract, change.contract_id)
    used = ledger_plans.histories([line_id])[line_id].used_dates | {change.effective_date}
    start, end = (contract.start_date, contract.end_date) if contract else (None, None)
    day = next_allowed(today=today(), since=change.effective_date, used=used, start=start, end=end)
    if isinstance(day, Reason):
        name = contract.name if contract else f"#{change.contract_id}"
        raise Refused(day.key, "change", contract=name, **day.params)
    _decide(change, Decision.CORRECTED, by)
    if seen == change.target:
        return None
    waits = Change.contract_service_id == line_id, Change.state.in_((LineState.HELD, LineState.PLANNED))
    changed_rows(update(Change).where(*waits).values(state=LineState.SUPERSEDED, changed_at=now()))
    made = ledger_plans.reversal(
        of=change,
        origin=Origin.CORRECTION,
        before=seen,
        target=change.target,
        effective_date=day,
        reason=Reason("hold_correction", {"units": seen, "target": change.target}),
        run_id=change.run_id,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _open(change_id: int) -> Change:
    found = None
    if 0 < change_id <= runs.LARGEST_ID:
        found = db.session.get(Change, change_id, populate_existing=True, with_for_update=True)
    if found is None or found.state != LineState.CONFLICT or found.units_after is None or found.contract_service_id is None:
        raise Refused("conflict_unknown", "change", change=str(change_id))
    return found


def _decide(change: Change, decision: Decision, by: str) -> None:
    """The bookkeeping of both answers. Flushes."""
    moment, seen = now(), change.units_after
    change.state = LineState.CONFIRMED if seen == change.target else LineState.SUPERSEDED
    change.confirmed_at = moment if change.state == LineState.CONFIRMED else None
    change.code, change.changed_at, change.next_read_at = None, moment, None
    change.decision, change.decided_by, change.decided_at = decision, by, moment
    line = update(LedgerLine).where(LedgerLine.contract_service_id == change.contract_service_id)
    ledger.raise_versions([change.contract_service_id])
    changed_rows(line.values(confirmed_units=seen, confirmed_at=moment))
    audit.record(
        by=by,
        action=f"conflict_{decision.value}",
        subject=f"change:{change.id}",
        before={"before": change.before, "target": change.target, "units": seen},
        after={"state": change.state, "confirmed_units": seen},
    )
    db.session.flush()
