"""PURE: what an entry of the catalogue is made of."""

from __future__ import annotations

from dataclasses import dataclass


def N_(text: str) -> str:
    """Marks a text for translation without translating it now."""
    return text


@dataclass(frozen=True)
class Text:
    """``message`` says what happened, ``advice`` what to do (empty: nothing), ``system`` where it is put right."""

    message: str
    advice: str = ""
    system: str = "kontor"  # kontor, sophos, autotask
