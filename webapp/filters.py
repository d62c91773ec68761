"""What templates may say: dates, moments and figures as the reader writes them, and the catalogue's sentences."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_timedelta
from flask import Flask
from flask_babel import format_date, format_decimal, format_time, get_locale, gettext, to_user_timezone

from webapp import texts
from webapp.context import now, today
from webapp.domain import Month
from webapp.services import periods_shown


def init_filters(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=day,
        day_of=day_of,
        who=who,
        moment=moment,
        near=near,
        ago=ago,
        number=number,
        signed=signed,
        month=month,
        amount=amount,
    )
    app.jinja_env.filters.update(lasted=lasted, price=price, short_month=short_month, billed=periods_shown.word)
    app.jinja_env.globals.update(sentence=texts.sentence, advice=texts.advice)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def day(value: date | None) -> str:
    """A plain date, such as 23 Nov 2026; a dash for none."""
    return format_date(value, "medium") if value else "–"


def day_of(value: datetime | None) -> str:
    """The date on which a moment fell in the installation's zone."""
    return day(to_user_timezone(value).date()) if value else "–"


def who(actor: str | None) -> str:
    """An actor as people call it: the name of a user, ``kontor`` for schedules, else as it is."""
    return actor.removeprefix("user:") if actor else "–"


def moment(value: datetime | None) -> str:
    """A moment in the installation's zone, such as 23 Nov 2026, 02:00."""
    return f"{format_date(to_user_timezone(value), 'medium')}, {format_time(value, 'short')}" if value else "–"


def near(value: datetime | None) -> str:
    """A moment as one says it: today, 02:00; tomorrow, 02:00; else its date and time."""
    if value is None:
        return "–"
    days = (to_user_timezone(value).date() - today()).days
    words = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    return f"{words[days]}, {format_time(value, 'short')}" if days in words else moment(value)


def ago(value: datetime | None) -> str:
    """How long ago a moment was, in words; the date where it is more than six days."""
    if value is None:
        return "–"
    passed = now() - value
    if passed.total_seconds() < 60:
        return gettext("just now")
    if passed.days > 6:
        return format_date(to_user_timezone(value), "medium")
    return format_timedelta(-passed, granularity="minute", add_direction=True, format="short", locale=get_locale())


def lasted(begun: datetime, ended: datetime) -> str:
    """How long something took, in its two largest units: 1 min 48 s."""
    minutes, seconds = divmod(max(0, round((ended - begun).total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, gettext("h")), (minutes, gettext("min")), (seconds, gettext("s"))]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{format_decimal(number)} {unit}" for number, unit in parts[:2])


def number(value: float | None) -> str:
    return format_decimal(value) if value is not None else "–"


def price(value: float | None) -> str:
    """With two decimals, or up to four where it has them; a dash for none. Autotask names no currency with it."""
    return format_decimal(value, format="#,##0.00##") if value is not None else "–"


def signed(value: int | None) -> str:
    """A change with its sign, with a true minus: +3, −2, 0; a dash for none."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + format_decimal(abs(value))


def amount(value: float | Decimal | None) -> str:
    """An amount of money as the reader writes it, with a true minus; the currency is that of Autotask. A dash for none."""
    if value is None:
        return "–"
    return ("−" if value < 0 else "") + format_decimal(abs(value), "#,##0.00")


def month(value: str | None) -> str:
    """``2026-11`` as November 2026."""
    return format_date(Month.parse(value).first_day, "LLLL yyyy") if value else "–"


def short_month(value: str) -> str:
    """``2026-11`` as Nov, for the axis of a chart."""
    return format_date(Month.parse(value).first_day, "LLL").rstrip(".")
