"""Changes of the rules: added, changed, deleted, moved, each with an audit row. The caller commits.

A rule is named by its key: the id of its row, or ``built-in-2`` while the built-in rules hold. The first change of those copies
them into the table. Every list (that for all, that of a customer) is numbered anew after each change.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select

from webapp.alerts import Action
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Customer, TicketRule
from webapp.services import audit, leases, rule_checks, rule_list
from webapp.services.ticket_rules import DEFAULT_RULES, Rule

BUILT_IN = "built-in-"
LARGEST_ID = 2**31 - 1
"""Of a column of type integer in PostgreSQL."""
MOST_RULES = 200
"""In one list: more than anybody can read, and few enough to go through for each alert."""
_KEPT = (
    *("severities", "categories", "products", "type_pattern", "action", "queue", "priority", "status", "source"),
    *("ticket_category", "issue_type", "sub_issue_type", "due_hours", "delay_minutes", "use_contract"),
)


def key_of(rule: Rule) -> str:
    """What a rule is called in addresses."""
    return f"{BUILT_IN}{rule.position}" if is_built_in(rule) else str(rule.id)


def is_built_in(rule: Rule) -> bool:
    """Whether it is one of the built-in rules itself, not a row that says the same."""
    return any(rule is each for each in DEFAULT_RULES)


def find(key: str) -> Rule:
    """The rule as it stands; raises NotFound, also for a built-in one that no longer holds. Reads only."""
    found = next((rule for rule in rule_list.all_rules() if key_of(rule) == key), None)
    if found is None:
        raise NotFound("ticket rule", key)
    return found


def ensure_own(*, by: str) -> None:
    """Copy the built-in rules into the table, unless there are own rules for all already. Commits what came before."""
    leases.hold("ticket_rules")
    if _rows(None):
        return
    for rule in DEFAULT_RULES:
        db.session.add(TicketRule(customer_id=None, position=rule.position, **_columns(rule)))
    audit.record(by=by, action="ticket_rules_own", subject="ticket_rules:all", after={"rules": len(DEFAULT_RULES)})
    db.session.flush()


def add(*, rule: Rule, by: str) -> str:
    """Add ``rule`` on top of its list and give its key. Raises NotFound for an unknown customer, and Refused: too_many_rules and
    what ``rule_checks.problems`` finds."""
    if rule.customer_id is not None and db.session.get(Customer, rule.customer_id) is None:
        raise NotFound("customer", rule.customer_id)
    _check(rule, None)
    _prepare(rule.customer_id, by)
    rows = _rows(rule.customer_id)
    if len(rows) >= MOST_RULES:
        raise Refused("too_many_rules", most=MOST_RULES)
    row = TicketRule(customer_id=rule.customer_id, position=0, **_columns(rule))
    db.session.add(row)
    _number([row, *rows])
    audit.record(by=by, action="ticket_rule_added", subject=f"ticket_rule:{row.id}", after=_shown(row))
    return str(row.id)


def change(*, key: str, rule: Rule, by: str) -> str:
    """Give the rule ``key`` the conditions and the action of ``rule``; its place stays. Gives its key, which is a new one for a
    built-in rule. Raises Refused as ``add``, and rule_gone."""
    row = _row(key, by)
    before = _shown(row)
    _check(rule, rule_list.as_rule(row))
    for name, value in _columns(rule).items():
        setattr(row, name, value)
    db.session.flush()
    after = _shown(row)
    if after != before:
        audit.record(by=by, action="ticket_rule_changed", subject=f"ticket_rule:{row.id}", before=before, after=after)
    return str(row.id)


def delete(*, key: str, by: str) -> None:
    """Delete a rule. Without any rule for all the built-in ones hold again. Raises Refused: rule_gone."""
    row = _row(key, by)
    customer_id = row.customer_id
    audit.record(by=by, action="ticket_rule_deleted", subject=f"ticket_rule:{row.id}", before=_shown(row))
    db.session.delete(row)
    db.session.flush()
    _number(_rows(customer_id))


def move(*, key: str, up: bool, by: str) -> str:
    """Move a rule one place up or down in its list, as far as that goes; gives its key. Raises Refused: rule_gone."""
    row = _row(key, by)
    rows = _rows(row.customer_id)
    place = rows.index(row)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        before = {"position": place + 1}
        rows[place], rows[other] = rows[other], rows[place]
        _number(rows)
        after = {"position": other + 1}
        audit.record(by=by, action="ticket_rule_moved", subject=f"ticket_rule:{row.id}", before=before, after=after)
    return str(row.id)


def plain(rule: Rule) -> Rule:
    """``rule`` without what only a ticket has, where it makes none."""
    if rule.action is Action.CREATE:
        return rule
    nothing: dict[str, Any] = dict.fromkeys(rule_checks.PICKLISTS)
    return replace(rule, due_hours=None, delay_minutes=0, use_contract=False, **nothing)


def _prepare(customer_id: str | None, by: str) -> None:
    """Let nobody else change rules at the same time; own rules before the first change of those for all."""
    if customer_id is None:
        ensure_own(by=by)
    else:
        leases.hold("ticket_rules")


def _row(key: str, by: str) -> TicketRule:
    """The row of a rule, for a change."""
    if key.startswith(BUILT_IN):
        position = next((rule.position for rule in DEFAULT_RULES if key_of(rule) == key), None)
        if position is None or _rows(None):  # somebody has made own rules of them meanwhile
            raise Refused("rule_gone")
        ensure_own(by=by)
        return _rows(None)[position - 1]
    leases.hold("ticket_rules")
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 11 else 0
    row = db.session.get(TicketRule, number, populate_existing=True) if 0 < number <= LARGEST_ID else None
    if row is None:
        raise Refused("rule_gone")
    return row


def _rows(customer_id: str | None) -> list[TicketRule]:
    mine = TicketRule.customer_id.is_(None) if customer_id is None else TicketRule.customer_id == customer_id
    return list(db.session.scalars(select(TicketRule).where(mine).order_by(TicketRule.position, TicketRule.id)))


def _number(rows: list[TicketRule]) -> None:
    for position, row in enumerate(rows, start=1):
        row.position = position
    db.session.flush()


def _check(rule: Rule, kept: Rule | None) -> None:
    for problem in rule_checks.problems(plain(rule), kept):
        raise problem


def _columns(rule: Rule) -> dict[str, Any]:
    values = asdict(plain(rule))
    return {name: list(values[name]) if isinstance(values[name], tuple) else values[name] for name in _KEPT}


def _shown(row: TicketRule) -> dict[str, Any]:
    return {"customer_id": row.customer_id, "position": row.position} | {name: _json(getattr(row, name)) for name in _KEPT}


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, Action) else value
