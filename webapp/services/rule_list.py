"""The rules as they are kept: their order, and the ones that hold until somebody writes the first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from webapp.alerts import Action
from webapp.extensions import db
from webapp.models import TicketRule
from webapp.services.ticket_rules import DEFAULT_RULES, Rule


def all_rules() -> tuple[Rule, ...]:
    """Every rule in its order, those of customers and those for all; without any for all, the built-in ones stand there.
    Reads only."""
    rows = db.session.scalars(select(TicketRule).order_by(TicketRule.position, TicketRule.id))
    return or_built_in([as_rule(row) for row in rows])


def or_built_in(kept: Sequence[Rule]) -> tuple[Rule, ...]:
    """``kept``, and the built-in rules where it has none for all."""
    return tuple(kept) if any(rule.customer_id is None for rule in kept) else (*kept, *DEFAULT_RULES)


def as_rule(row: TicketRule) -> Rule:
    """A kept rule as the plan takes it."""
    return Rule(
        id=row.id,
        position=row.position,
        customer_id=row.customer_id,
        severities=tuple(row.severities),
        categories=tuple(row.categories),
        products=tuple(row.products),
        type_pattern=row.type_pattern,
        action=Action(row.action),
        queue=row.queue,
        priority=row.priority,
        status=row.status,
        source=row.source,
        ticket_category=row.ticket_category,
        issue_type=row.issue_type,
        sub_issue_type=row.sub_issue_type,
        due_hours=row.due_hours,
        delay_minutes=row.delay_minutes,
        use_contract=row.use_contract,
    )
