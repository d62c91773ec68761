"""PURE: templates with placeholders in curly braces: what is wrong with one, filling it, and making the outcome fit.

``{device}`` stands for a value, ``{{`` and ``}}`` for a brace. Values are never read as templates themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.services.alert_text import shortened, units
from webapp.services.ticket_words import PLACEHOLDERS

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LEAST = 20
"""No value that is cut gets shorter than this: a stump of words helps nobody."""

Values = Mapping[str, str]


def template_problem(template: str) -> tuple[str, dict[str, Any]] | None:
    """The code and its figures of the first thing that is wrong with a template that a person wrote; None where it is good."""
    for token in _TOKEN.finditer(template):
        name = token.group(1)
        if name is None and token.group() in ("{", "}"):
            return "brace_unbalanced", {"at": token.start() + 1}
        if name is not None and name not in PLACEHOLDERS:
            allowed = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            return "placeholder_unknown", {"name": name, "allowed": allowed}
    return None


def named(template: str) -> list[str]:
    """The placeholders that ``template`` names, each as often as it does."""
    return [name for name in _TOKEN.findall(template) if name]


def filled(template: str, values: Values) -> str:
    """``template`` with its values. What is no placeholder stays as it is written."""

    def value(token: re.Match[str]) -> str:
        if token.group() in ("{{", "}}"):
            return token.group()[0]
        return values.get(token.group(1) or "", token.group())

    return _TOKEN.sub(value, template)


def fitting(template: str, values: Values, render: Callable[[Values], str], limit: int, order: Sequence[str]) -> str:
    """What ``render`` makes of ``values`` in at most ``limit`` units: the values are cut in ``order``, each no more than needed,
    and only what cannot be helped by that is cut at the end."""
    uses = named(template)
    for name in order:
        over = units(render(values)) - limit
        if over <= 0:
            break
        if name in uses:
            room = units(values[name]) - -(-over // uses.count(name))
            values = {**values, name: shortened(values[name], max(room, _LEAST))}
    return shortened(render(values), limit)
