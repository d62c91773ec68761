"""Try the rules: what would become of the alerts that are open now, by the rules as they are. Reads only, and asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.sql import Select

from webapp.extensions import db
from webapp.models import AlertRow, Mapping, TicketWatch
from webapp.services import rule_edits, rule_list, rule_words, ticket_choices
from webapp.services.alert_text import one_line, plain
from webapp.services.recoveries import is_recovery
from webapp.services.rule_words import Labels
from webapp.services.ticket_choices import Chosen
from webapp.services.ticket_keep import as_alert
from webapp.services.ticket_rules import Rule, first_match

MOST = 200
"""So many alerts are tried, the newest."""


@dataclass(frozen=True)
class Tried:
    """An open alert and the rule that fits it now. ``number`` is its number in its list, None where no rule fits; ``recovery``:
    the alert says that a trouble is over, and rules are not asked. ``state`` and ``ticket`` are what really became of it."""

    alert_id: str
    what: str
    severity: str
    device: str
    raised_at: datetime
    customer_id: str
    customer: str
    number: int | None
    own_rule: bool
    conditions: str
    action: str
    recovery: bool
    state: str
    ticket: str


@dataclass(frozen=True)
class Trial:
    """``total``: how many alerts are open in all, ``rows`` at most the newest 200 of them. ``read_at``: when alerts were last
    read, None for never."""

    rows: Sequence[Tried]
    total: int
    read_at: datetime | None


def trial(customer_id: str | None, *, rules: Sequence[Rule] | None = None) -> Trial:
    """The open alerts of all customers with a company, or of one, by ``rules`` (None: those that hold)."""
    rules = rule_list.all_rules() if rules is None else rules
    labels, chosen = rule_words.labels(), ticket_choices.chosen()
    rows = db.session.scalars(_open(customer_id).order_by(AlertRow.raised_at.desc(), AlertRow.id).limit(MOST))
    total = db.session.scalar(select(func.count()).select_from(_open(customer_id).subquery())) or 0
    return Trial([_tried(row, rules, labels, chosen) for row in rows], total, _read_at(customer_id))


def _open(customer_id: str | None) -> Select[AlertRow]:
    mapped = select(AlertRow).join(Mapping, Mapping.customer_id == AlertRow.customer_id)
    found = mapped.where(AlertRow.gone_at.is_(None), Mapping.company_id.is_not(None))
    return found if customer_id is None else found.where(AlertRow.customer_id == customer_id)


def _read_at(customer_id: str | None) -> datetime | None:
    wanted = select(func.max(TicketWatch.read_at))
    return db.session.scalar(wanted if customer_id is None else wanted.where(TicketWatch.customer_id == customer_id))


def _tried(row: AlertRow, rules: Sequence[Rule], labels: Labels, chosen: Chosen) -> Tried:
    alert, recovery = as_alert(row), is_recovery(row.type)
    rule = None if recovery else first_match(rules, alert)
    return Tried(
        alert_id=row.id,
        what=one_line(plain(row.description)) or row.type or row.id,
        severity=rule_words.value_name("severities", row.severity),
        device=row.device_name,
        raised_at=row.raised_at,
        customer_id=row.customer_id,
        customer=row.customer.shown_name,
        number=rule.position if rule else None,
        own_rule=rule is not None and rule.customer_id is not None,
        conditions=rule_words.conditions(rule) if rule else "",
        action=rule_words.action(rule, labels, chosen) if rule else "",
        recovery=recovery,
        state=row.state,
        ticket=row.ticket.number if row.ticket else "",
    )


@dataclass(frozen=True)
class Without:
    """What would change if a rule were not there. ``back_to_built_in``: it is the last rule for all. ``changed``: the open alerts
    that another rule, or none, would decide about then."""

    key: str
    customer_id: str | None
    conditions: str
    action: str
    back_to_built_in: bool
    changed: Sequence[Tried]


def without(key: str) -> Without:
    """For the question before a rule is deleted; raises NotFound."""
    rule = rule_edits.find(key)
    every = rule_list.all_rules()
    rest = rule_list.or_built_in([each for each in every if each is not rule and rule_edits.key_of(each) != key])
    last = rule.customer_id is None and not any(each.customer_id is None and each.id != rule.id for each in every)
    now, then = trial(rule.customer_id), trial(rule.customer_id, rules=rest)
    numbered = [after for before, after in zip(now.rows, then.rows, strict=True) if _differs(before, after)]
    words = rule_words.conditions(rule), rule_words.action(rule, rule_words.labels())
    return Without(key, rule.customer_id, *words, back_to_built_in=last, changed=numbered)


def _differs(before: Tried, after: Tried) -> bool:
    return (before.number, before.own_rule, before.action) != (after.number, after.own_rule, after.action)
