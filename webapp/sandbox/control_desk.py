"""The part of the control host that works on alerts and tickets. All bodies and answers are JSON; times are UTC.

GET /alerts?customer=ID|NAME: the open ones. GET /tickets?company_id=: tickets with their `notes`. GET /technicians.

POST /alerts/add: `customer` (id or name) and any argument of `add_alert`; `days_old` instead of `raised_at`: {"alert_id"}.
POST /alerts/raise: `count` (5), `customer` (some when left out). POST /alerts/burst: `count` (30), `customer` (any).
POST /alerts/recover: `alert_id`, or `count` (all "down" alerts when left out). All three: {"alerts": [ids]}.
POST /alerts/clear: `alert_id`, or half of all: {"cleared"}.

POST /tickets/assign: `ticket_id`, `resource` (the first technician; null takes the assignment away): {"resource"}.
POST /tickets/note: `ticket_id`, `text`, `resource`, `title`, `contact`: {"note_id"}.
POST /tickets/complete, /tickets/reopen (with `status`, 8 in progress), /tickets/delete: `ticket_id`: the ticket, or {}.
POST /tickets/change: `ticket_id` and any fields with the vendor's names: the ticket.
POST /technicians: `first`, `last`, `is_active`: {"resource"}.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from .state import State

Body = dict[str, Any]


def add_desk_reading(app: Flask, state: State) -> None:
    """Register what can be read of alerts, tickets and technicians."""

    @app.get("/alerts")
    def alerts() -> Response:
        wanted = request.args.get("customer")
        return jsonify(state.alerts(customer_of(state, wanted)))

    @app.get("/tickets")
    def tickets() -> Response:
        return jsonify([_ticket(state, row) for row in state.tickets(request.args.get("company_id", type=int))])

    @app.get("/technicians")
    def technicians() -> Response:
        return jsonify(state.technicians())


def customer_of(state: State, wanted: Any) -> str | None:
    """A customer's id from an id or a name; None for None. Raises LookupError."""
    if wanted is None or wanted in state.sophos.customers:
        return wanted
    return state.customer_id(str(wanted))


def _ticket(state: State, row: Body) -> Body:
    return {**row, "notes": state.notes(row["id"])}


def _shown(state: State, ticket_id: int) -> Body:
    return next(_ticket(state, row) for row in state.tickets() if row["id"] == ticket_id)


def _add_alert(state: State, body: Body) -> Body:
    values = dict(body)
    customer = customer_of(state, values.pop("customer"))
    if "days_old" in values:
        values["raised_at"] = state.now() - timedelta(days=float(values.pop("days_old")))
    if "allowed_actions" in values:
        values["allowed_actions"] = tuple(values["allowed_actions"])
    return {"alert_id": state.add_alert(customer_id=customer or "", **values)}


def _raise_alerts(state: State, body: Body) -> Body:
    return {"alerts": state.raise_alerts(int(body.get("count", 5)), customer_of(state, body.get("customer")))}


def _burst(state: State, body: Body) -> Body:
    return {"alerts": state.burst(int(body.get("count", 30)), customer_of(state, body.get("customer")))}


def _recover_alerts(state: State, body: Body) -> Body:
    count = body.get("count")
    return {"alerts": state.recover_alerts(None if count is None else int(count), body.get("alert_id"))}


def _clear_alerts(state: State, body: Body) -> Body:
    if "alert_id" in body:
        state.remove_alert(alert_id=str(body["alert_id"]))
        return {"cleared": 1}
    return {"cleared": state.clear_alerts()}


def _assign(state: State, body: Body) -> Body:
    ticket_id = int(body["ticket_id"])
    if "resource" in body and body["resource"] is None:
        state.unassign(ticket_id)
        return {"resource": None}
    return {"resource": state.assign(ticket_id, body.get("resource"))}


def _write_note(state: State, body: Body) -> Body:
    more = {name: body[name] for name in ("resource", "title", "contact") if name in body}
    return {"note_id": state.write_note(int(body["ticket_id"]), str(body["text"]), **more)}


def _complete(state: State, body: Body) -> Body:
    state.complete_ticket(int(body["ticket_id"]), body.get("resource"))
    return _shown(state, int(body["ticket_id"]))


def _reopen(state: State, body: Body) -> Body:
    more = {"status": int(body["status"])} if "status" in body else {}
    state.reopen_ticket(int(body["ticket_id"]), body.get("resource"), **more)
    return _shown(state, int(body["ticket_id"]))


def _delete(state: State, body: Body) -> Body:
    state.delete_ticket(int(body["ticket_id"]))
    return {}


def _change(state: State, body: Body) -> Body:
    values = dict(body)
    ticket_id = int(values.pop("ticket_id"))
    state.change_ticket(ticket_id, **values)
    return _shown(state, ticket_id)


def _add_technician(state: State, body: Body) -> Body:
    return {"resource": state.add_technician(**body)}


DESK_ACTIONS: dict[str, Callable[[State, Body], Body]] = {
    "/alerts/add": _add_alert,
    "/alerts/raise": _raise_alerts,
    "/alerts/burst": _burst,
    "/alerts/recover": _recover_alerts,
    "/alerts/clear": _clear_alerts,
    "/tickets/assign": _assign,
    "/tickets/note": _write_note,
    "/tickets/complete": _complete,
    "/tickets/reopen": _reopen,
    "/tickets/delete": _delete,
    "/tickets/change": _change,
    "/technicians": _add_technician,
}
