"""Start synchronising: the step that turns plans into changes. Once for an installation, by an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.context import now, today
from webapp.domain import Billing, Mode, Month, RunKind, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Mapping, Run
from webapp.services import connections, preferences, preview
from webapp.services.preview import Preview


@dataclass(frozen=True)
class Readiness:
    """What the page needs: is everything there, what the newest plan would post, and is one being made right now."""

    connected: bool
    customers: int
    mode: str
    preview: Preview | None
    making: Run | None

    @property
    def ready(self) -> bool:
        return self.connected and self.customers > 0 and self.preview is not None


def readiness() -> Readiness:
    """Reads only."""
    syncing = select(func.count()).select_from(Mapping).where(Mapping.usage_sync.is_(True), Mapping.contract_id.is_not(None))
    under_way = select(Run).where(Run.kind == RunKind.USAGE, Run.state.in_((RunState.QUEUED, RunState.RUNNING)))
    return Readiness(
        connected=connections.both_connected(),
        customers=db.session.scalar(syncing) or 0,
        mode=preferences.get("mode"),
        preview=_newest_plan(),
        making=db.session.scalars(under_way.order_by(Run.id).limit(1)).first(),
    )


def defaults() -> dict[str, str]:
    """What the page proposes: the settings as they are."""
    return {name: preferences.get(name) for name in ("billing", "billing_day")}


def _newest_plan() -> Preview | None:
    """The newest usage run over everybody for the running month that has ended and is not older than a day."""
    finished = select(Run).where(
        Run.kind == RunKind.USAGE,
        Run.scope.is_(None),
        Run.change_ids.is_(None),
        Run.undo_of.is_(None),
        Run.closed.is_(False),
        Run.month == str(Month.of(today())),
        Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL)),
    )
    run = db.session.scalars(finished.order_by(Run.id.desc()).limit(1)).first()
    if run is None or run.finished_at is None or (now() - run.finished_at).days >= 1:
        return None
    return preview.of_run(run.id)


def start(*, mode: Mode, billing: str, billing_day: str, others_are_off: bool, by: str) -> None:
    """Leave observe mode. Raises Refused: not_connected, start_without_customers, start_without_plan, others_not_off, or
    setting_invalid for a mode that posts nothing. The caller commits."""
    found = readiness()
    if not found.connected:
        raise Refused("not_connected")
    if not found.customers:
        raise Refused("start_without_customers")
    if found.preview is None:
        raise Refused("start_without_plan")
    if mode not in (Mode.AUTOMATIC, Mode.APPROVE):
        raise Refused("setting_invalid", "mode", name="mode", value=mode, expected="automatic or approve")
    if not others_are_off:
        raise Refused("others_not_off", "others_are_off")
    preferences.put(name="billing", value=billing, by=by)
    if billing == Billing.MONTHLY:
        preferences.put(name="billing_day", value=billing_day, by=by)
    preferences.put(name="mode", value=mode, by=by)
