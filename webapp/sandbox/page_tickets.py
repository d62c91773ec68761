"""The part of the sandbox's own page with open alerts and tickets, and what a technician does with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from .autotask_info import PICKLISTS
from .page_texts import TEXTS, asked_language
from .state import State
from .tickets import COMPLETE

SHOWN_TICKETS = 20
SHOWN_ALERTS = 10
TICKET_ACTIONS = ("assign", "note", "complete", "reopen", "delete")


def add_ticket_forms(app: Flask, state: State) -> None:
    """Register the form that every ticket has: its buttons name the action."""

    @app.post("/page/tickets/<int:ticket_id>")
    def page_ticket(ticket_id: int) -> Response:
        language, action = asked_language(), request.form.get("action", "")
        done = f"ticket_{action}" if action in TICKET_ACTIONS else ""
        try:
            _act(state, ticket_id, action, TEXTS[language]["note_text"])
        except LookupError:
            done = "ticket_gone"
        return redirect(url_for("page", lang=language, done=done, count=ticket_id, _anchor="tickets"), 303)


def _act(state: State, ticket_id: int, action: str, note: str) -> None:
    if action == "assign":
        state.assign(ticket_id)
    elif action == "note":
        state.write_note(ticket_id, note)
    elif action == "complete":
        state.complete_ticket(ticket_id)
    elif action == "reopen":
        state.reopen_ticket(ticket_id)
    elif action == "delete":
        state.delete_ticket(ticket_id)


def ticket_context(state: State, language: str) -> dict[str, Any]:
    """What the template shows of alerts and tickets, the latest first."""
    alerts, tickets = state.alerts(), state.tickets()
    return {
        "alerts": [_alert(alert, language) for alert in reversed(alerts[-SHOWN_ALERTS:])],
        "tickets": [_ticket(state, row) for row in reversed(tickets[-SHOWN_TICKETS:])],
    }


def ticket_message(texts: dict[str, str], done: str, count: str) -> str:
    """What was done with which ticket; empty for anything else."""
    known = done in ("ticket_gone", *(f"ticket_{action}" for action in TICKET_ACTIONS))
    return texts[f"done_{done}"].format(ticket=count) if known and count.isdigit() else ""


def _alert(alert: dict[str, Any], language: str) -> dict[str, Any]:
    try:
        moment = datetime.fromisoformat(alert["raisedAt"])
        raised = f"{moment:%d.%m.%Y %H:%M}" if language == "de" else f"{moment.day} {moment:%b %Y %H:%M}"
    except (KeyError, ValueError):
        raised = str(alert.get("raisedAt", ""))
    return {
        "customer": alert["tenant"]["name"],
        "text": alert.get("description") or alert.get("type") or "–",
        "severity": alert.get("severity") or "–",
        "device": alert.get("managedAgent", {}).get("name") or "–",
        "raised": raised,
    }


def _ticket(state: State, row: dict[str, Any]) -> dict[str, Any]:
    tables = state.autotask.tables
    company = tables["Companies"].get(row["companyID"])
    technician = tables["Resources"].get(row.get("assignedResourceID") or 0)
    return {
        "id": row["id"],
        "number": row["ticketNumber"],
        "company": company["companyName"] if company else "–",
        "title": row["title"],
        "queue": _label("queueID", row),
        "status": _label("status", row),
        "technician": f"{technician['firstName']} {technician['lastName']}" if technician else "–",
        "notes": len(state.notes(row["id"])),
        "actions": ("assign", "note", "reopen" if row["status"] == COMPLETE else "complete", "delete"),
    }


def _label(field: str, row: dict[str, Any]) -> str:
    """The picklist's label, which stands in parentheses where the value is inactive."""
    return PICKLISTS[("Ticket", field)].get(row.get(field) or 0, "–").strip("()")
