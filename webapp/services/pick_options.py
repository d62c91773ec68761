"""The options of a select that is filled from Autotask's picklists: active choices, and one that is chosen but no longer active.
Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.alerts import Choice
from webapp.services import ticket_picklists
from webapp.services.rule_checks import PICKLISTS, belongs


@dataclass(frozen=True)
class Option:
    """``gone``: it is chosen, and Autotask does not offer it any more."""

    value: str
    label: str
    chosen: bool = False
    gone: bool = False


def options(field: str, kept: str) -> Sequence[Option]:
    """Of a field of Tickets; ``kept`` is what is chosen: an id, a label, or empty for nothing."""
    return _with_gone(field, [Option(str(choice.value), choice.label) for choice in ticket_picklists.active(field)], kept)


def of_rule(name: str, kept: str) -> Sequence[Option]:
    """Of a field of a rule (``rule_checks.PICKLISTS``)."""
    return options(PICKLISTS[name], kept)


def sub_issues(issue_type: str, kept: str, *, every: bool = False) -> Sequence[Option]:
    """The sub-issue types of an issue type; with ``every`` those of all, each with the name of its issue type."""
    parents = {choice.value: choice.label for choice in ticket_picklists.active("issueType")}
    parent = int(issue_type) if issue_type.isascii() and issue_type.isdecimal() else None
    found = [choice for choice in ticket_picklists.active("subIssueType") if every or belongs(choice, parent)]
    shown = [Option(str(choice.value), _named(choice, parents) if every else choice.label) for choice in found]
    offered = {option.value for option in shown}
    elsewhere = any(str(choice.value) == kept for choice in ticket_picklists.active("subIssueType")) and kept not in offered
    return _with_gone("subIssueType", shown, "" if elsewhere else kept)


def _named(choice: Choice, parents: dict[int, str]) -> str:
    parent = parents.get(choice.parent) if choice.parent is not None else None
    return f"{parent}: {choice.label}" if parent else choice.label


def _with_gone(field: str, offered: Sequence[Option], kept: str) -> Sequence[Option]:
    if not kept:
        return offered
    value = ticket_picklists.resolve(field, kept)
    wanted = str(value) if value is not None else kept
    shown = [Option(option.value, option.label, chosen=option.value == wanted) for option in offered]
    if any(option.chosen for option in shown):
        return shown
    known = ticket_picklists.field(field)
    label = next((choice.label for choice in known.choices if str(choice.value) == kept), kept) if known else kept
    return [Option(kept, label, chosen=True, gone=True), *shown]
