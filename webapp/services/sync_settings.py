"""The page Sync settings: what it shows and what saving it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.context import context
from webapp.domain import Mode
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import preferences, schedules, standing


@dataclass(frozen=True)
class SyncSettings:
    """``changed_at`` and ``changed_by`` belong to the last change of any setting, None where all are as delivered."""

    values: Mapping[str, str]
    timezone: str
    started: bool
    next_sync: datetime | None
    changed_at: datetime | None
    changed_by: str | None


def shown() -> SyncSettings:
    last = db.session.execute(select(Setting.changed_at, Setting.changed_by).order_by(Setting.changed_at.desc()).limit(1)).first()
    values = preferences.everything()
    return SyncSettings(
        values=values,
        timezone=str(context().settings.timezone),
        started=values["mode"] != Mode.OBSERVE,
        next_sync=standing.next_sync(),
        changed_at=last.changed_at if last else None,
        changed_by=last.changed_by if last else None,
    )


def save(*, values: Mapping[str, str], by: str) -> list[str]:
    """Keep what differs and give the names of the settings that changed. The caller commits.

    Raises Refused as ``preferences.put``, and start_needed: leaving Observe is a step of the guide, which asks first.
    """
    before = preferences.everything()
    if before["mode"] == Mode.OBSERVE and values.get("mode", Mode.OBSERVE) != Mode.OBSERVE:
        raise Refused("start_needed", "mode")
    for name, value in values.items():
        preferences.put(name=name, value=value, by=by)
    after = preferences.everything()
    changed = [name for name in after if after[name] != before[name]]
    if "sync_time" in changed:
        schedules.reschedule()
    return changed
