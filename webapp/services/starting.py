"""Start synchronising: the step that turns plans into changes. Once for an installation, by an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.context import now
from webapp.domain import LineState, Mode, RunKind, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Mapping, Run, RunLine
from webapp.services import connections, preferences


@dataclass(frozen=True)
class Plan:
    """What the newest finished plan for everybody says. ``counts`` by line state; ``licences``: the sum of planned increases."""

    run: Run
    counts: dict[str, int]
    licences: int
    lines: list[RunLine]


@dataclass(frozen=True)
class Readiness:
    """What the page needs: is everything there, which plan is shown, and is one being made right now."""

    connected: bool
    customers: int
    mode: str
    plan: Plan | None
    making: Run | None

    @property
    def ready(self) -> bool:
        return self.connected and self.customers > 0 and self.plan is not None


def readiness() -> Readiness:
    """Reads only."""
    syncing = select(func.count()).select_from(Mapping).where(Mapping.usage_sync.is_(True), Mapping.contract_id.is_not(None))
    under_way = select(Run).where(Run.kind == RunKind.USAGE, Run.state.in_((RunState.QUEUED, RunState.RUNNING)))
    return Readiness(
        connected=connections.both_connected(),
        customers=db.session.scalar(syncing) or 0,
        mode=preferences.get("mode"),
        plan=_newest_plan(),
        making=db.session.scalars(under_way.order_by(Run.id).limit(1)).first(),
    )


def _newest_plan() -> Plan | None:
    """The newest usage run over everybody that has lines and is not older than a day."""
    finished = select(Run).where(
        Run.kind == RunKind.USAGE, Run.scope.is_(None), Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL))
    )
    run = db.session.scalars(finished.order_by(Run.id.desc()).limit(1)).first()
    if run is None or run.finished_at is None or (now() - run.finished_at).days >= 1:
        return None
    counted = select(RunLine.state, func.count(RunLine.id)).where(RunLine.run_id == run.id).group_by(RunLine.state)
    planned = select(RunLine).where(RunLine.run_id == run.id, RunLine.state.in_((LineState.PLANNED, LineState.HELD)))
    lines = list(db.session.scalars(planned.order_by(RunLine.state.desc(), RunLine.contract_name, RunLine.service_name)))
    licences = sum(line.delta or 0 for line in lines if line.state == LineState.PLANNED)
    return Plan(run, {state: number for state, number in db.session.execute(counted)}, licences, lines)


def start(*, mode: Mode, billing: str, others_are_off: bool, by: str) -> None:
    """Leave observe mode. Raises Refused: not_connected, start_without_customers, start_without_plan, others_not_off, or
    setting_invalid for a mode that posts nothing. The caller commits."""
    found = readiness()
    if not found.connected:
        raise Refused("not_connected")
    if not found.customers:
        raise Refused("start_without_customers")
    if found.plan is None:
        raise Refused("start_without_plan")
    if mode not in (Mode.AUTOMATIC, Mode.APPROVE):
        raise Refused("setting_invalid", "mode", name="mode", value=mode, expected="automatic or approve")
    if not others_are_off:
        raise Refused("others_not_off", "others_are_off")
    preferences.put(name="billing", value=billing, by=by)
    preferences.put(name="mode", value=mode, by=by)
