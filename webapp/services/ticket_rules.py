"""PURE: which rule decides about an alert (design, section 7.3). The first that fits decides; a customer's own go first."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from webapp.alerts import Action, Alert

PATTERN_LENGTH = 500
_ALLOWED = re.compile(r"[\w:.\-*?,\s]*", re.ASCII)


@dataclass(frozen=True)
class Rule:
    """What is done with the alerts that fit. An empty list, and an empty pattern, fit everything.

    ``type_pattern``: several patterns separated by commas. ``queue`` to ``sub_issue_type`` are values of Autotask's picklists,
    None leaves the setting's or Autotask's own. ``due_hours`` count from the ticket's creation, ``delay_minutes`` from when the
    alert was first seen. ``customer_id`` None: for all customers.
    """

    id: int
    position: int
    customer_id: str | None = None
    severities: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    type_pattern: str = ""
    action: Action = Action.CREATE
    queue: int | None = None
    priority: int | None = None
    status: int | None = None
    source: int | None = None
    ticket_category: int | None = None
    issue_type: int | None = None
    sub_issue_type: int | None = None
    due_hours: int | None = None
    delay_minutes: int = 0
    use_contract: bool = False


DEFAULT_RULES: tuple[Rule, ...] = (
    Rule(1, 1, severities=("high",)),
    Rule(2, 2, severities=("medium",)),
    Rule(3, 3, severities=("low",), action=Action.IGNORE),
    # Severities are an open list: one never seen before becomes a ticket rather than getting lost.
    Rule(4, 4),
)
"""What a new installation begins with."""


def first_match(rules: Sequence[Rule], alert: Alert) -> Rule | None:
    """The rule that decides about ``alert``; None where none fits (nothing is done then, and the caller says so).

    Rules of the alert's customer come before those for all, each in the order of their positions (equal ones by id), however
    ``rules`` is sorted. Another customer's rules never fit.
    """
    candidates = [rule for rule in rules if rule.customer_id in (None, alert.customer_id)]
    candidates.sort(key=lambda rule: (rule.customer_id is None, rule.position, rule.id))
    return next((rule for rule in candidates if fits(rule, alert)), None)


def fits(rule: Rule, alert: Alert) -> bool:
    """Whether every condition of ``rule`` holds for ``alert`` (whose customer is not looked at)."""
    return (
        _listed(rule.severities, alert.severity)
        and _listed(rule.categories, alert.category)
        and _listed(rule.products, alert.product)
        and type_fits(rule.type_pattern, alert.type)
    )


def _listed(values: Collection[str], value: str) -> bool:
    return not values or value.strip().lower() in {each.strip().lower() for each in values}


def type_fits(patterns: str, alert_type: str) -> bool:
    """Whether one of the comma-separated ``patterns`` fits the whole type (``Event::Firewall::FirewallGatewayDown``) or its last
    part (``FirewallGatewayDown``). ``*`` stands for any text, ``?`` for one character; case does not count. No pattern fits all.
    """
    if not patterns.strip():
        return True
    whole = alert_type.strip().lower()
    names = {whole, whole.rpartition("::")[2]}
    return any(fnmatchcase(name, pattern) for pattern in _each(patterns) for name in names)


def _each(patterns: str) -> list[str]:
    # "[" would open a character class, which nobody means who writes a type.
    return [each.strip().lower().replace("[", "[[]") for each in patterns.split(",") if each.strip()]


def pattern_problem(text: str) -> str | None:
    """The code of what is wrong with a type pattern that a person wrote (webapp/codes/ticket_forms.py), None where it is good."""
    if len(text) > PATTERN_LENGTH:
        return "type_pattern_long"
    if not _ALLOWED.fullmatch(text) or any(len(each.split()) > 1 for each in text.split(",")):
        return "type_pattern_characters"
    if text.strip() and not _each(text):
        return "type_pattern_empty"
    return None
