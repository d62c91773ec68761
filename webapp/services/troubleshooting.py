"""The catalogue of codes as a person reads it: each with its sentence, its advice and the system where it is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from webapp.codes import CHAPTERS, N_, Text

_NAMES = {
    "kontor": N_("Kontor"),
    "sophos": N_("Sophos Central"),
    "autotask": N_("Autotask"),
}


@dataclass(frozen=True)
class Entry:
    code: str
    message: str
    advice: str
    system: str


@dataclass(frozen=True)
class Chapter:
    id: str
    title: str
    entries: tuple[Entry, ...]


def chapters() -> tuple[Chapter, ...]:
    """Every code of ERROR_CODES, in the reader's language. A figure that the sentence would name stands as […]."""
    return tuple(Chapter(id_, gettext(title), tuple(_entries(texts))) for id_, title, texts in CHAPTERS)


def _entries(texts: Mapping[str, Text]) -> list[Entry]:
    return [
        Entry(code, _general(text.message), _general(text.advice), gettext(_NAMES[text.system])) for code, text in texts.items()
    ]


class _Open(dict[str, str]):
    """Names the figure that a sentence has in its place."""

    def __missing__(self, key: str) -> str:
        return f"[{gettext(_PLACEHOLDERS.get(key, key))}]"


def _general(text: str) -> str:
    return gettext(text) % _Open() if text else ""


_PLACEHOLDERS = {
    "after": N_("new figure"),
    "before": N_("figure before"),
    "by": N_("person"),
    "cause": N_("cause"),
    "company": N_("company"),
    "contract": N_("contract"),
    "customer": N_("customer"),
    "date": N_("date"),
    "host": N_("address"),
    "kind": N_("kind"),
    "limit": N_("limit"),
    "month": N_("month"),
    "percent": N_("percent"),
    "product": N_("product"),
    "quantity": N_("quantity"),
    "service": N_("service"),
    "system": N_("system"),
    "target": N_("target"),
    "text": N_("text"),
    "units": N_("units"),
    "used": N_("used"),
    "user": N_("user name"),
    "what": N_("what is meant"),
    "why": N_("reason"),
}
