"""The settings of the installation: every name, its default and what it may be. Kept in the table ``settings``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from webapp.codes import N_
from webapp.context import now
from webapp.domain import Billing, Mode
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import audit, setting_checks


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    return lambda text: text if text in allowed else None


def _whole(least: int, most: int) -> Callable[[str], str | None]:
    return lambda text: str(int(text)) if text.isdecimal() and least <= int(text) <= most else None


def _day_of_month(text: str) -> str | None:
    return text if text == "last" else _whole(1, 31)(text)


def _time_of_day(text: str) -> str | None:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return f"{int(match[1]):02d}:{match[2]}"


def _short(text: str) -> str | None:
    return text if len(text) <= 100 and text.isprintable() else None


def _lines(most: int) -> Callable[[str], str | None]:
    """Text of several lines, however the browser ends them."""

    def check(text: str) -> str | None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if len(text) <= most else None

    return check


def _line(most: int) -> Callable[[str], str | None]:
    return lambda text: text if len(text) <= most and len(text.splitlines()) <= 1 else None


@dataclass(frozen=True)
class Preference:
    """``check`` gives the value in its normal form, or None where it is not allowed; ``expected`` says what is."""

    default: str
    expected: str
    check: Callable[[str], str | None]


PREFERENCES: dict[str, Preference] = {
    "mode": Preference("observe", N_("observe, approve, automatic or paused"), _one_of(*(mode.value for mode in Mode))),
    "billing": Preference("daily", N_("daily, monthly or arrears"), _one_of(*(way.value for way in Billing))),
    "billing_day": Preference("last", N_("a day of the month from 1 to 31, or last"), _day_of_month),
    "close_from_day": Preference("2", N_("a whole number from 1 to 28"), _whole(1, 28)),
    "close_until_day": Preference("7", N_("a whole number from 1 to 28"), _whole(1, 28)),
    "sync_time": Preference("02:00", N_("a time of day, HH:MM"), _time_of_day),
    "hold_increase_percent": Preference("50", N_("a whole number from 0 to 1000"), _whole(0, 1000)),
    "hold_increase_units": Preference("10", N_("a whole number from 0 to 100000"), _whole(0, 100_000)),
    "hold_decrease_percent": Preference("20", N_("a whole number from 0 to 100"), _whole(0, 100)),
    "hold_decrease_units": Preference("3", N_("a whole number from 0 to 100000"), _whole(0, 100_000)),
    "run_stop_percent": Preference("10", N_("a whole number from 0 to 100"), _whole(0, 100)),
    "read_max_age_minutes": Preference("10", N_("a whole number from 1 to 60"), _whole(1, 60)),
    "on_drift": Preference("hold", N_("hold or overwrite"), _one_of("hold", "overwrite")),
    "budget_share_percent": Preference("80", N_("a whole number from 10 to 95"), _whole(10, 95)),
    "ticket_interval_minutes": Preference("10", N_("a whole number from 5 to 60"), _whole(5, 60)),
    "ticket_queue": Preference("", N_("an active queue of Autotask, by id or name"), _short),
    "ticket_priority": Preference("", N_("an active priority of Autotask, by id or name"), _short),
    "ticket_source": Preference("", N_("an active source of Autotask, by id or name"), _short),
    "ticket_burst": Preference("20", N_("a whole number from 1 to 1000"), _whole(1, 1000)),
    "ticket_reopen": Preference("reopen", N_("reopen or new"), _one_of("reopen", "new")),
    "ticket_reopen_days": Preference("3", N_("a whole number from 0 to 90"), _whole(0, 90)),
    "ticket_language": Preference("", N_("en, de or empty for that of the installation"), _one_of("", "en", "de")),
    "ticket_title": Preference("", N_("a template of one line of at most 500 characters"), _line(500)),
    "ticket_text": Preference("", N_("a template of at most 8000 characters"), _lines(8000)),
    "ticket_more_fields": Preference("", N_("lines like billingCodeID=29682801"), _lines(2000)),
    "language": Preference("en", N_("en or de"), _one_of("en", "de")),
}


def stored(name: str) -> str | None:
    """The value that was set, None where the default holds."""
    return db.session.scalar(select(Setting.value).where(Setting.name == name))


def get(name: str) -> str:
    """The value of a setting; KeyError for an unknown name."""
    default = PREFERENCES[name].default
    return stored(name) or default


def number(name: str) -> int:
    return int(get(name))


def day(name: str) -> int:
    """A day of the month; ``last`` is 31, which a shorter month takes for its last day."""
    value = get(name)
    return 31 if value == "last" else int(value)


def everything() -> dict[str, str]:
    """All settings with their values."""
    kept = {row.name: row.value for row in db.session.execute(select(Setting.name, Setting.value))}
    return {name: kept.get(name, preference.default) for name, preference in PREFERENCES.items()}


def normal(*, name: str, value: str) -> str:
    """The value in the form in which it is kept. Refused for an unknown name or a value that is not allowed; one that stands
    there already is good, also where Autotask no longer offers it (the page says so where it is shown). Reads only."""
    preference = PREFERENCES.get(name)
    if preference is None:
        raise Refused("setting_unknown", "name", name=name)
    formal = preference.check(value.strip())
    if formal is None:
        raise Refused("setting_invalid", name, name=name, value=value, expected=preference.expected)
    return formal if formal == get(name) else setting_checks.checked(name, formal)


def put(*, name: str, value: str, by: str) -> str:
    """Set one setting and write the audit row; gives the value in its normal form. Raises Refused as ``normal`` does."""
    kept = normal(name=name, value=value)
    _check_window(name, kept)
    before = get(name)
    if kept == before:
        return kept
    db.session.merge(Setting(name=name, value=kept, changed_at=now(), changed_by=by))
    audit.record(by=by, action="setting", subject=f"setting:{name}", before={"value": before}, after={"value": kept})
    db.session.flush()
    return kept


def _check_window(name: str, value: str) -> None:
    """The close ends no earlier than it begins."""
    if name not in ("close_from_day", "close_until_day"):
        return
    first = int(value) if name == "close_from_day" else number("close_from_day")
    last = int(value) if name == "close_until_day" else number("close_until_day")
    if first > last:
        raise Refused("close_window_invalid", name, first=first, last=last)
