"""What a setting of tickets may be, beyond its form: templates, and choices that this Autotask must offer. Reads only."""

from __future__ import annotations

from collections.abc import Callable

from webapp.alerts import Choice
from webapp.errors import Refused
from webapp.services import ticket_picklists
from webapp.services.ticket_templates import template_problem

TICKET_CHOICES = {"ticket_queue": "queueID", "ticket_priority": "priority", "ticket_source": "source"}
"""The settings that must be chosen before Kontor makes a ticket, and the field of Tickets that each fills."""
OWN_FIELDS = frozenset({"id", "companyid", "title", "description", "externalid"})
"""Fields of a ticket that Kontor fills itself, in lower case."""
_MOST_NAMED = 12


def checked(name: str, value: str) -> str:
    """``value`` of the setting ``name`` as it is kept. Raises Refused: ticket_choice_unknown, more_field_*, or a code of
    ``template_problem``. An empty value is always good: it leaves the default."""
    check = _CHECKS.get(name)
    return check(name, value) if check and value else value


def _template(name: str, value: str) -> str:
    problem = template_problem(value)
    if problem:
        code, params = problem
        raise Refused(code, name, **params)
    return value


def _choice(name: str, value: str) -> str:
    """The id of the one active choice that is meant; as it was typed while Autotask was not asked yet."""
    if ticket_picklists.read_at() is None:
        return value
    found = ticket_picklists.resolve(TICKET_CHOICES[name], value)
    if found is None:
        raise Refused("ticket_choice_unknown", name, value=value, choices=named(ticket_picklists.active(TICKET_CHOICES[name])))
    return str(found)


def _more_fields(name: str, value: str) -> str:
    for line in filter(None, (line.strip() for line in value.splitlines())):
        field, separator, given = (part.strip() for part in line.partition("="))
        if not (field and separator and given):
            raise Refused("more_field_line", name, line=line[:100])
        if field.lower() in OWN_FIELDS:
            raise Refused("more_field_own", name, name=field)
        if ticket_picklists.read_at() is not None:
            _offered(name, field, given)
    return value


def _offered(setting: str, name: str, value: str) -> None:
    known = ticket_picklists.field(name)
    if known is None or known.name != name:
        near = known.name if known else ", ".join(sorted(ticket_picklists.names())[:_MOST_NAMED]) + " …"
        raise Refused("more_field_unknown", setting, name=name, near=near)
    if known.read_only:
        raise Refused("more_field_read_only", setting, name=name)
    if known.choices and not any(choice.active and str(choice.value) == value for choice in known.choices):
        raise Refused("more_field_value", setting, name=name, value=value, choices=with_ids(ticket_picklists.active(name)))


def named(choices: tuple[Choice, ...]) -> str:
    """The labels of choices for a sentence, the first of many."""
    return ", ".join(choice.label for choice in choices[:_MOST_NAMED]) + (" …" if len(choices) > _MOST_NAMED else "")


def with_ids(choices: tuple[Choice, ...]) -> str:
    """As ``named``, each with its id."""
    shown = ", ".join(f"{choice.value} ({choice.label})" for choice in choices[:_MOST_NAMED])
    return shown + (" …" if len(choices) > _MOST_NAMED else "")


_CHECKS: dict[str, Callable[[str, str], str]] = {
    **dict.fromkeys(TICKET_CHOICES, _choice),
    "ticket_title": _template,
    "ticket_text": _template,
    "ticket_more_fields": _more_fields,
}
