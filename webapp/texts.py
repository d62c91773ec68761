"""The sentences of the catalogue in the reader's language, with figures and dates as the reader writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import format_date, format_decimal, format_time, gettext, to_user_timezone

from webapp.codes import CATALOGUE, Text
from webapp.domain import Month

_SHORTEST_MOMENT = len("2026-11-23T01:00Z")


def sentence(key: str, params: Mapping[str, Any] | None = None) -> str:
    """What happened: the message of ``key`` with its figures. A key that this version does not know stands for itself."""
    text = CATALOGUE.get(key)
    return gettext(text.message) % shown(params or {}) if text else key


def advice(key: str, params: Mapping[str, Any] | None = None) -> str:
    """What to do about ``key``; empty where there is nothing to do."""
    text = CATALOGUE.get(key, Text("")).advice
    return gettext(text) % shown(params or {}) if text else ""


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def shown(params: Mapping[str, Any]) -> Mapping[str, str]:
    """The figures as text: ISO dates, moments and months as the reader writes them, numbers with separators, a missing one as a
    dash."""
    return _Shown({name: _cause(value) if name == "cause" else _shown(value) for name, value in params.items()})


def _cause(value: Any) -> str:
    """A cause is a short text of its own, translated where the catalogue has it (webapp/clients/causes.py)."""
    return gettext(value) if isinstance(value, str) and value else _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "–"
    if isinstance(value, int | float):
        return format_decimal(value)
    text = str(value)
    if len(text) == 10 and text[4:5] == "-":
        try:
            return format_date(date.fromisoformat(text), "medium")
        except ValueError:
            return text
    if len(text) == 7 and text[4:5] == "-":
        try:
            return format_date(Month.parse(text).first_day, "LLLL yyyy")
        except ValueError:
            return text
    if len(text) >= _SHORTEST_MOMENT and text[10:11] == "T":
        return _moment(text)
    return text


def _moment(text: str) -> str:
    """An ISO moment with its zone, as date and time in the installation's zone; any other text as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return f"{format_date(to_user_timezone(moment), 'medium')}, {format_time(moment, 'short')}"
