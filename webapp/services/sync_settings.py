"""The page Sync settings: what it shows and what saving it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.context import context, today
from webapp.domain import Mode, Month
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import billing_example, preferences, schedules, standing
from webapp.services.billing_drawing import Drawing, draw
from webapp.services.billing_example import Example


@dataclass(frozen=True)
class SyncSettings:
    """``changed_at`` and ``changed_by`` belong to the last change of any setting, None where all are as delivered."""

    values: Mapping[str, str]
    timezone: str
    started: bool
    next_sync: datetime | None
    changed_at: datetime | None
    changed_by: str | None


@dataclass(frozen=True)
class ShownWay:
    """A billing way as the page explains it."""

    example: Example
    drawing: Drawing


def ways() -> Mapping[str, ShownWay]:
    """The worked examples of the billing ways in the running month, with the days of this installation. Reads only."""
    found = billing_example.examples(
        Month.of(today()), billing_day=preferences.day("billing_day"), close_from_day=preferences.number("close_from_day")
    )
    until = preferences.number("close_until_day")
    return {way: ShownWay(example, draw(example, close_until_day=until)) for way, example in found.items()}


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
    _check_close(values)
    before = preferences.everything()
    if before["mode"] == Mode.OBSERVE and values.get("mode", Mode.OBSERVE) != Mode.OBSERVE:
        raise Refused("start_needed", "mode")
    for name in _in_order(values, before):
        preferences.put(name=name, value=values[name], by=by)
    after = preferences.everything()
    changed = [name for name in after if after[name] != before[name]]
    if {"sync_time", "ticket_interval_minutes"} & set(changed):
        schedules.reschedule()
    return changed


def _check_close(values: Mapping[str, str]) -> None:
    """Both ends of the close, typed together: one is wrong only beside the other."""
    ends = (values.get("close_from_day", ""), values.get("close_until_day", ""))
    if all(end.isdecimal() for end in ends) and int(ends[0]) > int(ends[1]):
        raise Refused("close_window_invalid", "close_until_day", first=int(ends[0]), last=int(ends[1]))


def _in_order(values: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The end of the close goes first where its new beginning lies after its old end: each step leaves a close that is right."""
    begins = values.get("close_from_day", "")
    later = begins.isdecimal() and int(begins) > int(before["close_until_day"])
    return sorted(values, key=lambda name: name == "close_from_day" if later else name == "close_until_day")
