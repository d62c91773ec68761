"""What a rule may hold: values known or seen, choices that this Autotask offers now, and figures within bounds. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from webapp.alerts import Action, Choice
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AlertRow
from webapp.services import ticket_picklists
from webapp.services.setting_checks import named
from webapp.services.ticket_names import CATEGORIES, PRODUCTS, SEVERITIES
from webapp.services.ticket_rules import Rule, pattern_problem

PICKLISTS = {
    "queue": "queueID",
    "priority": "priority",
    "status": "status",
    "source": "source",
    "ticket_category": "ticketCategory",
    "issue_type": "issueType",
    "sub_issue_type": "subIssueType",
}
"""What a rule may set, and the field of Tickets that it fills."""
LONGEST_DUE = 8760
"""Hours: a year."""
LONGEST_DELAY = 10080
"""Minutes: a week."""

_LISTS = {
    "severities": (SEVERITIES, AlertRow.severity),
    "categories": (CATEGORIES, AlertRow.category),
    "products": (PRODUCTS, AlertRow.product),
}


def known_values(name: str) -> list[str]:
    """What may be chosen for ``severities``, ``categories`` or ``products``: the known values in lower case, then those that
    alerts had besides, as they came."""
    names, column = _LISTS[name]
    seen = db.session.scalars(select(column).where(column != "").distinct().order_by(column))
    return [*names, *(value for value in seen if value.strip().lower() not in names)]


def problems(rule: Rule, kept: Rule | None = None) -> Iterator[Refused]:
    """What is wrong with a rule that a person gave, each at its field. ``kept``: the rule as it was; a value that it has and that
    nobody knows any more may stay, a choice that Autotask no longer offers may not."""
    for name in _LISTS:
        allowed = {*known_values(name), *(getattr(kept, name) if kept else ())}
        for value in getattr(rule, name):
            if value not in allowed:
                yield Refused("rule_value_unknown", name, value=value)
    code = pattern_problem(rule.type_pattern)
    if code:
        yield Refused(code, "type_pattern")
    if rule.action is Action.CREATE:
        yield from _of_choices(rule)
        yield from _of_figures(rule)


def _of_choices(rule: Rule) -> Iterator[Refused]:
    for name, field in PICKLISTS.items():
        value = getattr(rule, name)
        if value is None:
            continue
        offered = ticket_picklists.active(field)
        found = next((choice for choice in offered if choice.value == value), None)
        if found is None:
            yield Refused("rule_choice_unavailable", name, choices=named(offered) or "–")
        elif name == "sub_issue_type" and not belongs(found, rule.issue_type):
            yield Refused("sub_issue_elsewhere", name, name=found.label)


def belongs(choice: Choice, parent: int | None) -> bool:
    """Whether a choice may be taken together with ``parent``, the value of the field that it depends on."""
    return choice.parent is None or choice.parent == parent


def _of_figures(rule: Rule) -> Iterator[Refused]:
    if rule.due_hours is not None and not 1 <= rule.due_hours <= LONGEST_DUE:
        yield Refused("rule_figure", "due_hours", least=1, most=LONGEST_DUE)
    if not 0 <= rule.delay_minutes <= LONGEST_DELAY:
        yield Refused("rule_figure", "delay_minutes", least=0, most=LONGEST_DELAY)
