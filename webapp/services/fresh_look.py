"""A fresh look at lines before something that a person asked for is done to them: an undo, or the correction of a conflict.

It says for each whether the line still stands where the person saw it, and the next allowed date, or why not. The units are
read in bulk, by date; no transaction is open while a call is under way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.context import now, today
from webapp.domain import Contract, Origin, Reason, UnitRow
from webapp.extensions import db
from webapp.models import Change
from webapp.services import ledger_plans
from webapp.services.ledger_plans import LineHistory
from webapp.services.undo_plan import next_allowed
from webapp.services.unit_rows import row_in_force, unexplained

IN_EFFECT = 1


@dataclass(frozen=True)
class Asked:
    """A line and the units it must show. ``key`` is the caller's; ``since``: the earliest date that makes sense."""

    key: int
    contract_id: int
    line_id: int
    expected: int
    since: date


@dataclass(frozen=True)
class Look:
    """What the look found. Where ``problem`` is set nothing may be done; ``moved`` says that this is for good, because the units
    are no longer what was expected. ``version`` is the ledger's of the line, ``read_at`` when its units were read (UTC)."""

    units: int | None = None
    effective_date: date | None = None
    price: float | None = None
    version: int = 0
    read_at: datetime | None = None
    problem: Reason | None = None
    moved: bool = False


def asked_by(changes: Sequence[Change]) -> list[Asked]:
    """What has to be looked at before these changes, of an undo or a correction, are posted; by the id of the change.

    Reads the database: the date counts from the change that is taken back, or from the conflict.
    """
    taken_back = [change.undo_of for change in changes if change.origin != Origin.PLAN and change.undo_of is not None]
    rows = db.session.execute(select(Change.id, Change.effective_date).where(Change.id.in_(taken_back)))
    since: dict[int | None, date] = {change_id: day for change_id, day in rows}
    return [
        Asked(change.id, change.contract_id, change.contract_service_id, change.before, since.get(change.undo_of, today()))
        for change in changes
        if change.contract_service_id is not None
    ]


def look(autotask: AutotaskClient, asked: Sequence[Asked], *, alive: Callable[[], None]) -> dict[int, Look]:
    """Look at these lines, by ``key``. Commits; raises ApiError."""
    contracts: dict[int, Contract] = {}
    db.session.commit()
    for page in autotask.contracts(ids=sorted({one.contract_id for one in asked})):
        contracts.update((contract.id, contract) for contract in page)
        alive()
    histories = ledger_plans.histories(
        [one.line_id for one in asked]
    )  # before the units: what moves meanwhile raises the version
    db.session.commit()
    found: dict[int, Look] = {}
    by_date: dict[date, list[Asked]] = defaultdict(list)
    for one in asked:
        day = _date(one, contracts.get(one.contract_id), histories[one.line_id].used_dates)
        if isinstance(day, Reason):
            found[one.key] = Look(problem=day)
        else:
            by_date[day].append(one)
    for day, group in by_date.items():
        found |= _look_on(autotask, group, day, histories)
        alive()
    return found


def _date(one: Asked, contract: Contract | None, used: Collection[date]) -> date | Reason:
    name = {"contract": contract.name if contract else f"#{one.contract_id}"}
    if contract is None:
        return Reason("contract_not_mapped", name)
    if contract.status != IN_EFFECT:
        return Reason("contract_inactive", name)
    day = next_allowed(today=today(), since=one.since, used=used, start=contract.start_date, end=contract.end_date)
    return Reason(day.key, {**name, **day.params}) if isinstance(day, Reason) else day


def _look_on(
    autotask: AutotaskClient, group: Sequence[Asked], day: date, histories: Mapping[int, LineHistory]
) -> dict[int, Look]:
    line_ids = [one.line_id for one in group]
    read_at = now()
    in_force = _by_line(autotask.units_in_force(line_ids, on=day))
    later = _by_line(autotask.units_after(line_ids, after=day))
    found = {}
    for one in group:
        row = row_in_force(in_force[one.line_id], day)
        found[one.key] = _judged(one, row, later[one.line_id], histories[one.line_id], day, read_at)
    return found


def _by_line(pages: Iterable[Sequence[UnitRow]]) -> dict[int, list[UnitRow]]:
    found: dict[int, list[UnitRow]] = defaultdict(list)
    for page in pages:
        for row in page:
            found[row.contract_service_id].append(row)
    return found


def _judged(
    one: Asked, row: UnitRow | None, later: Sequence[UnitRow], history: LineHistory, day: date, read_at: datetime
) -> Look:
    units = row.units if row else None
    if row is None or units is None:
        return Look(problem=Reason("units_not_readable", {"date": day.isoformat()}))
    if units != one.expected:
        return Look(units=units, problem=Reason("undo_moved", {"units": units, "expected": one.expected}), moved=True)
    if odd := unexplained(later, after=day, units=units, own=history.own):
        shown = next((each.units for each in later if each.start_date == odd.day), None)
        return Look(units=units, problem=Reason("scheduled_change", {"units": shown, "date": odd.day.isoformat()}))
    return Look(units, day, row.price, history.version, read_at)
