"""A rule in words, in the reader's language, with the names that Autotask gives its choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babel.lists import format_list
from flask_babel import get_locale, gettext, ngettext

from webapp.alerts import Action, Choice
from webapp.languages import language
from webapp.services import ticket_picklists
from webapp.services.rule_checks import PICKLISTS
from webapp.services.ticket_choices import Chosen
from webapp.services.ticket_names import CATEGORIES, PRODUCTS, SEVERITIES, Names, name
from webapp.services.ticket_rules import Rule


@dataclass(frozen=True)
class Labels:
    """The choices of Autotask by the field of a rule and their value."""

    choices: Mapping[str, Mapping[int, Choice]]

    def of(self, field: str, value: int) -> str:
        """How Autotask calls the value; its number where it does not know it."""
        found = self.choices.get(field, {}).get(value)
        return found.label if found else str(value)

    def gone(self, rule: Rule) -> list[str]:
        """The fields of the rule whose choice is no longer active."""
        return [field for field in PICKLISTS if self._is_gone(field, getattr(rule, field))]

    def _is_gone(self, field: str, value: int | None) -> bool:
        found = self.choices.get(field, {}).get(value) if value is not None else None
        return value is not None and (found is None or not found.active)


def labels() -> Labels:
    """By what was last read of Autotask. Reads only."""
    found = {field: ticket_picklists.field(theirs) for field, theirs in PICKLISTS.items()}
    return Labels({field: {choice.value: choice for choice in each.choices} for field, each in found.items() if each})


def value_name(field: str, value: str) -> str:
    """How a severity, category or product is called."""
    names: dict[str, Names] = {"severities": SEVERITIES, "categories": CATEGORIES, "products": PRODUCTS}
    return name(names[field], value, language())


def conditions(rule: Rule) -> str:
    """Which alerts a rule is about: High or Medium, Endpoint."""
    parts = [
        _either(value_name(field, value) for value in getattr(rule, field)) for field in ("severities", "categories", "products")
    ]
    if rule.type_pattern:
        parts.append(gettext("type %(pattern)s", pattern=_either(rule.type_pattern.replace(",", " ").split())))
    return ", ".join(part for part in parts if part) or gettext("Every alert")


def _either(values: Iterable[str]) -> str:
    return format_list(list(values), style="or", locale=get_locale())


def action(rule: Rule, labels: Labels, chosen: Chosen | None = None) -> str:
    """What a rule does: Ticket in Security Operations, priority High, due in 4 hours. With ``chosen`` also what the settings
    give where the rule gives nothing."""
    if rule.action is Action.IGNORE:
        return gettext("No ticket")
    if rule.action is Action.ACKNOWLEDGE:
        return gettext("No ticket, acknowledged in Sophos Central")
    parts = [_ticket(rule, labels, chosen), *_choices(rule, labels, chosen)]
    if rule.due_hours is not None:
        parts.append(ngettext("due in %(num)s hour", "due in %(num)s hours", rule.due_hours))
    if rule.delay_minutes:
        parts.append(ngettext("after %(num)s minute", "after %(num)s minutes", rule.delay_minutes))
    if rule.use_contract:
        parts.append(gettext("with the customer’s contract"))
    return ", ".join(parts)


def _ticket(rule: Rule, labels: Labels, chosen: Chosen | None) -> str:
    queue = _effective(rule.queue, chosen.queue if chosen else None)
    if queue is not None:
        return gettext("Ticket in %(queue)s", queue=labels.of("queue", queue))
    return gettext("Ticket") if chosen else gettext("Ticket as in the settings")


def _choices(rule: Rule, labels: Labels, chosen: Chosen | None) -> Iterable[str]:
    priority = _effective(rule.priority, chosen.priority if chosen else None)
    if priority is not None:
        yield gettext("priority %(name)s", name=labels.of("priority", priority))
    if rule.status is not None:
        yield gettext("status %(name)s", name=labels.of("status", rule.status))
    if rule.source is not None:
        yield gettext("source %(name)s", name=labels.of("source", rule.source))
    if rule.ticket_category is not None:
        yield gettext("category %(name)s", name=labels.of("ticket_category", rule.ticket_category))
    if rule.issue_type is not None:
        yield gettext("issue type %(name)s", name=_issue(rule, labels))


def _issue(rule: Rule, labels: Labels) -> str:
    issue = labels.of("issue_type", rule.issue_type) if rule.issue_type is not None else ""
    return f"{issue} / {labels.of('sub_issue_type', rule.sub_issue_type)}" if rule.sub_issue_type is not None else issue


def _effective(own: int | None, general: int | None) -> int | None:
    return own if own is not None else general
