"""The fields of a ticket as Autotask gets them: the settings, then the rule, then whatever else this Autotask demands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webapp.alerts import NEW
from webapp.context import now
from webapp.extensions import db
from webapp.models import Mapping, Ticket
from webapp.services import preferences, rule_list, ticket_choices
from webapp.services.ticket_keep import as_alert
from webapp.services.ticket_rules import Rule, first_match


def of(ticket: Ticket) -> dict[str, Any]:
    """Every field but company, key, title and description, by the settings and rules as they are now. Reads only."""
    chosen = ticket_choices.chosen()
    fields: dict[str, Any] = {
        "queueID": chosen.queue,
        "priority": chosen.priority,
        "source": chosen.source,
        "status": NEW,
    }
    rule = _rule(ticket)
    if rule is not None:
        fields |= {name: value for name, value in _of_rule(rule, ticket).items() if value is not None}
    fields |= ticket_choices.more_fields(preferences.get("ticket_more_fields"))
    return {name: value for name, value in fields.items() if value is not None}


def whole(ticket: Ticket) -> dict[str, Any]:
    """What is sent: the fields kept with the ticket, and what makes it this one."""
    return {
        **ticket.fields,
        "companyID": ticket.company_id,
        "title": ticket.title,
        "description": ticket.description,
        "externalID": ticket.key,
    }


def _rule(ticket: Ticket) -> Rule | None:
    """The rule that decides about the ticket's first alert."""
    return first_match(rule_list.all_rules(), as_alert(ticket.alerts[0])) if ticket.alerts else None


def _of_rule(rule: Rule, ticket: Ticket) -> dict[str, Any]:
    due = now() + timedelta(hours=rule.due_hours) if rule.due_hours is not None else None
    return {
        "queueID": rule.queue,
        "priority": rule.priority,
        "status": rule.status,
        "source": rule.source,
        "ticketCategory": rule.ticket_category,
        "issueType": rule.issue_type,
        "subIssueType": rule.sub_issue_type,
        "dueDateTime": f"{due:%Y-%m-%dT%H:%M:%S}.000Z" if due else None,
        "contractID": _contract(ticket.customer_id) if rule.use_contract else None,
    }


def _contract(customer_id: str) -> int | None:
    """The contract of the customer's mapping; None leaves the contract to Autotask's own assignment."""
    mapping = db.session.get(Mapping, customer_id)
    return mapping.contract_id if mapping else None
