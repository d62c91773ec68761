"""What a ticket run says of its alerts and tickets, as the JSON document of the command line (design, section 8: a contract, so
names and states never change) and in words for a terminal. Only reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from webapp import texts
from webapp.codes import CATALOGUE
from webapp.extensions import db
from webapp.models import RunTicket, Ticket


def of_run(run_id: int) -> list[dict[str, Any]]:
    """One entry for each ticket or alert; ``ticket_id`` is Autotask's, null where there is none (yet)."""
    found = select(RunTicket, Ticket).outerjoin(Ticket, Ticket.id == RunTicket.ticket_id)
    rows = db.session.execute(found.where(RunTicket.run_id == run_id).order_by(RunTicket.id))
    return [_one(row, ticket) for row, ticket in rows]


def _one(row: RunTicket, ticket: Ticket | None) -> dict[str, Any]:
    return {
        "ticket_id": ticket.autotask_id if ticket else None,
        "number": ticket.number if ticket else "",
        "key": ticket.key if ticket else None,
        "customer_id": row.customer_id,
        "customer_name": row.customer_name,
        "alert_ids": row.alert_ids,
        "title": row.title,
        "action": row.action,
        "state": row.state,
        "code": row.code,
        "reason": reason(row),
    }


def reason(row: RunTicket) -> str:
    """Why it is as it is, in the reader's language: the sentence of its code, else of its reason; empty where it has none."""
    key = row.code if row.code in CATALOGUE else row.reason
    params = {"customer": row.customer_name, **row.reason_params}
    return texts.sentence(key, params) if key in CATALOGUE else ""


def advice(row: RunTicket) -> str:
    """What to do about it; empty where there is nothing to do."""
    return texts.advice(row.code, {"customer": row.customer_name, **row.reason_params}) if row.code in CATALOGUE else ""


def in_words(run_id: int) -> list[str]:
    """How many of each action and state, then one line for each ticket or alert."""
    documents = of_run(run_id)
    counts: dict[str, int] = {}
    for each in documents:
        name = f"{each['action']} {each['state']}"
        counts[name] = counts.get(name, 0) + 1
    counted = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return [*([f"  tickets: {counted}"] if counted else []), *(_words(each) for each in documents)]


def _words(each: dict[str, Any]) -> str:
    number = f" {each['number']}" if each["number"] else ""
    return f"  {each['customer_name']}, {each['title']}:{number} {each['action']} {each['state']}. {each['reason']}".rstrip()
