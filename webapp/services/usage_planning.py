"""Reads what a usage run needs and plans it. The run itself, a dry run, a preview and an approval all come through here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.sophos.client import SophosClient
from webapp.context import now
from webapp.domain import OPEN_CHANGE_STATES, Billing, LineState, Reason
from webapp.extensions import db
from webapp.models import Run, RunLine
from webapp.services import pending, preferences, runs, usage_history, usage_month, usage_reading
from webapp.services.mapped_contracts import MappedContract, mapped_contracts
from webapp.services.plan_facts import Facts, Limits, LinePlan
from webapp.services.plan_guard import hold_all, run_guard
from webapp.services.unit_rows import any_row
from webapp.services.usage_month import RunStopped
from webapp.services.usage_plan import plan_contract
from webapp.services.usage_reading import Reading
from webapp.services.usage_run import UsageRun

FEWEST_ITEMS_PERCENT = 80
UNREADABLE_PERCENT = 2
_DECIDED = (LineState.IN_STEP, LineState.CONFIRMED, *OPEN_CHANGE_STATES, LineState.NOT_APPLIED)


@dataclass
class Planning:
    """The plan of a run: one ``LinePlan`` for each line. ``settled``: the changes of the ledger that stand in place of a plan, by
    its index. ``read_at``: when the reading of the units began (UTC)."""

    contracts: list[MappedContract]
    plans: list[LinePlan]
    settled: dict[int, int]
    reading: Reading
    read_at: datetime


def plan(usage_run: UsageRun, sophos: SophosClient, autotask: AutotaskClient) -> Planning:
    """Read usage, contracts, lines and units, and plan. Commits; posts, holds and shows nothing.

    Raises RunStopped where what was read cannot be trusted, ApiError, BudgetReached, RunCancelled, LeaseLost.
    """
    usage_run.contracts = mapped_contracts(usage_run.scope)
    db.session.commit()
    if usage_run.scope is not None and not usage_run.contracts:
        return Planning([], [], {}, Reading(), now())  # none of the chosen customers takes part: nothing to read
    everybody = [member.customer_id for contract in usage_run.contracts for member in contract.members]
    chosen = None if usage_run.scope is None else everybody
    usage_month.read_and_keep(
        sophos,
        usage_run.month,
        run_id=usage_run.run_id,
        customer_ids=chosen,
        alive=usage_run.alive,
        closed=usage_run.closed,
    )
    runs.keep_alive(usage_run.claim, calls=usage_run.counter.calls, total=_customers(usage_run))
    read_at = now()
    reading, contracts = _read(usage_run, autotask)
    plans, settled = _plans(usage_run, autotask, reading, contracts)
    return Planning(usage_run.contracts, plans, settled, reading, read_at)


def _customers(usage_run: UsageRun) -> int:
    return sum(member.usage_sync for contract in usage_run.contracts for member in contract.members)


def _read(usage_run: UsageRun, autotask: AutotaskClient) -> tuple[Reading, list[Facts]]:
    """The contracts, lines and units of the run. Raises RunStopped where so much is unreadable that a restricted API user
    must be the cause: such a user sees empty lists, and what cannot be read is never taken for zero."""
    ids = [contract.id for contract in usage_run.contracts]
    reading = usage_reading.read_lines(autotask, ids, alive=usage_run.alive)
    reading.decided = _decided(usage_run)
    contracts = usage_reading.facts(usage_run.contracts, reading, month=usage_run.month)
    db.session.commit()
    contracts = usage_reading.read_units(autotask, reading, contracts, usage_run.occasion, alive=usage_run.alive)
    _check_readable(usage_run, reading)
    return reading, contracts


def _check_readable(usage_run: UsageRun, reading: Reading) -> None:
    asked = set(reading.dates)
    readable = {line_id for line_id, day in reading.dates.items() if any_row(reading.rows.get(line_id, ()), day)}
    for contract_id, lines in reading.lines.items():
        mine = {line.id for line in lines} & asked
        if mine and not mine & readable:
            day = reading.dates[min(mine)]
            raise RunStopped(Reason("units_not_readable", {"date": day.isoformat(), "contract": contract_id}))
    if len(asked - readable) * 100 > UNREADABLE_PERCENT * len(asked):
        day = reading.dates[min(asked - readable)]
        raise RunStopped(Reason("units_not_readable", {"date": day.isoformat()}))


def _decided(usage_run: UsageRun) -> frozenset[int]:
    """The lines that the billing day of this month has decided already, for later days on contracts that bill monthly.

    A decision that came to nothing (held, deferred, refused, or the run died before it was posted) is still to be made.
    """
    if not any(contract.billing is Billing.MONTHLY for contract in usage_run.contracts):
        return frozenset()
    decided = (
        select(RunLine.contract_service_id)
        .join(Run, Run.id == RunLine.run_id)
        .where(Run.month == str(usage_run.month), Run.dry_run.is_(False), Run.closed.is_(False), RunLine.decided.is_(True))
        .where(RunLine.state.in_(_DECIDED), Run.id != usage_run.run_id)
    )
    return frozenset(line for line in db.session.scalars(decided.distinct()) if line is not None)


def _plans(
    usage_run: UsageRun, autotask: AutotaskClient, reading: Reading, contracts: Sequence[Facts]
) -> tuple[list[LinePlan], dict[int, int]]:
    """The plan of every contract, made a second time with the later unit rows of the lines that need them; and the changes
    of the ledger that stand in place of a plan, by its index."""
    limits = limits_of(usage_run)
    plans = _plan_all(usage_run, contracts, limits)
    differing = [plan.contract_service_id for plan in plans if plan.needs_later and plan.contract_service_id is not None]
    db.session.commit()
    if differing:
        usage_reading.read_later_rows(autotask, reading, differing)
        usage_run.alive()
        plans = _plan_all(usage_run, usage_reading.with_rows(contracts, reading), limits)
    shown, settled = pending.shown(plans, reading, repeats_refused=usage_run.repeats_refused)
    if guard := _fewer_items(usage_run) or run_guard(shown, limits):
        shown = hold_all(shown, guard)
    db.session.commit()
    return shown, settled


def limits_of(usage_run: UsageRun) -> Limits:
    """The guard of a run, by the settings. Reads only."""
    return Limits(
        mode=usage_run.mode,
        increase_percent=preferences.number("hold_increase_percent"),
        increase_units=preferences.number("hold_increase_units"),
        decrease_percent=preferences.number("hold_decrease_percent"),
        decrease_units=preferences.number("hold_decrease_units"),
        run_stop_percent=preferences.number("run_stop_percent"),
        hold_drift=preferences.get("on_drift") == "hold",
    )


def _plan_all(usage_run: UsageRun, contracts: Iterable[Facts], limits: Limits) -> list[LinePlan]:
    occasion = usage_run.occasion
    return [plan for contract in contracts for plan in plan_contract(contract, occasion=occasion, limits=limits)]


def _fewer_items(usage_run: UsageRun) -> Reason | None:
    """Why the whole run waits for a person, or None: far fewer usage items came than last month."""
    if usage_run.scope is not None:
        return None
    now_read, last = usage_history.reading(usage_run.month), usage_history.reading(usage_run.month.previous)
    if now_read and last and now_read.items * 100 < FEWEST_ITEMS_PERCENT * last.items:
        return Reason("hold_run_usage", {"items": now_read.items, "last": last.items})
    return None
