"""The control host: what happens "in Sophos" and "in Autotask" while Kontor looks on, as a JSON API and a page.

JSON: GET /books, /state, /faults; POST /faults, /usage/move, /usage/set, /autotask/approve-and-post,
/autotask/units, /switches, /tokens/expire; DELETE /faults; alerts and tickets: see `control_desk.py`. Errors are
400 {"error": text}. /books has what took effect: adjustments, tickets, notes, statuses, acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import Forbidden

from .control_desk import DESK_ACTIONS, add_desk_reading, customer_of
from .page import add_page
from .state import State

Body = dict[str, Any]
CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
LOCAL = ("127.0.0.1", "localhost", "[::1]")


def control_app(state: State) -> Flask:
    """The WSGI application of the control host."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_guard)
    app.after_request(_headers)
    app.register_error_handler(_BadInput, lambda problem: (jsonify(error=str(problem)), 400))
    _add_reading(app, state)
    add_desk_reading(app, state)
    for path, action in _ACTIONS.items():
        app.add_url_rule(path, path, _posted(state, action), methods=["POST"])
    app.add_url_rule("/faults", "faults off", _faults_off(state), methods=["DELETE"])
    add_page(app, state)
    return app


class _BadInput(Exception):
    """A body that cannot be used."""


def _guard() -> None:
    """Only this machine, and no form of another site: the sandbox has no login."""
    if request.host.rsplit(":", 1)[0] not in LOCAL:
        raise Forbidden
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin not in (None, "null", f"http://{request.host}"):
        raise Forbidden


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _add_reading(app: Flask, state: State) -> None:
    app.add_url_rule("/books", "books", lambda: jsonify(state.books.as_dict()))
    app.add_url_rule("/faults", "faults", lambda: jsonify(state.faults.as_list()))
    app.add_url_rule("/state", "state", lambda: jsonify(_summary(state)))


def _summary(state: State) -> Body:
    with state.lock:
        tables = {name: len(table) for name, table in state.autotask.tables.items()}
        tables["ContractServiceUnits"] = sum(len(rows) for rows in state.autotask.lines.values())
        return {
            "today": state.today().isoformat(),
            "customers": len(state.sophos.customers),
            "usage": {month: len(lines) for month, lines in sorted(state.sophos.usage.items())},
            "alerts": len(state.sophos.open_alerts()),
            "autotask": tables,
            "hidden_entities": sorted(state.hidden_entities),
            "switches": state.switches.as_dict(),
            "urls": state.urls,
        }


def _posted(state: State, action: Callable[[State, Body], Body]) -> Callable[[], Response]:
    def view() -> Response:
        body = request.get_json(silent=True) if request.get_data() else {}
        if not isinstance(body, dict):
            raise _BadInput("a JSON object is expected")
        try:
            return jsonify(action(state, body))
        except KeyError as problem:
            raise _BadInput(f"missing or unknown: {problem.args[0]}") from problem
        except (ValueError, TypeError, LookupError) as problem:
            raise _BadInput(str(problem)) from problem

    return view


def _faults_off(state: State) -> Callable[[], Response]:
    def view() -> Response:
        state.faults.clear()
        return jsonify([])

    return view


def _add_fault(state: State, body: Body) -> Body:
    return state.faults.add(**body).as_dict()


def _move_usage(state: State, body: Body) -> Body:
    return {"moved": state.move_usage()}


def _set_usage(state: State, body: Body) -> Body:
    """`customer` is an id or a name; `quantity` null removes the line; `actual`, `ordered`, `month` as wanted."""
    customer = customer_of(state, body["customer"])
    state.set_usage(
        customer_id=customer,
        product_code=str(body["product"]),
        billable=None if body["quantity"] is None else int(body["quantity"]),
        actual=body.get("actual"),
        ordered=body.get("ordered"),
        month=body.get("month"),
        order_line=int(body.get("order_line", 1)),
        account_status=str(body.get("account_status", "active")),
    )
    return {"lines": [line["billableQuantity"] for line in state.usage_lines(customer, body.get("month"))]}


def _approve_and_post(state: State, body: Body) -> Body:
    """`up_to` (YYYY-MM-DD, today when left out) and `contract_id` (all when left out)."""
    up_to = date.fromisoformat(body["up_to"]) if "up_to" in body else state.today()
    contract = body.get("contract_id")
    return {"posted": state.approve_and_post(up_to=up_to, contract_id=None if contract is None else int(contract))}


def _set_units(state: State, body: Body) -> Body:
    """A person changes units in Autotask: `contract_service_id`, `units`, `on` (YYYY-MM-DD, today when left out)."""
    on = date.fromisoformat(body["on"]) if "on" in body else state.today()
    line = int(body["contract_service_id"])
    state.set_units(contract_service_id=line, units=int(body["units"]), on=on)
    return {"units": state.units(line, on)}


def _switch(state: State, body: Body) -> Body:
    """Any switch by name, and `hidden_entities`, a list of plural entity names."""
    values = dict(body)
    if "hidden_entities" in values:
        state.hidden_entities = {str(name) for name in values.pop("hidden_entities")}
    state.switches.update(values)
    state.changed()
    return {**state.switches.as_dict(), "hidden_entities": sorted(state.hidden_entities)}


def _expire(state: State, body: Body) -> Body:
    state.expire_tokens()
    return {}


_ACTIONS: dict[str, Callable[[State, Body], Body]] = {
    "/faults": _add_fault,
    "/usage/move": _move_usage,
    "/usage/set": _set_usage,
    "/autotask/approve-and-post": _approve_and_post,
    "/autotask/units": _set_units,
    "/switches": _switch,
    "/tokens/expire": _expire,
    **DESK_ACTIONS,
}
