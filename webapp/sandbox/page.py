"""The sandbox's own page: buttons for what happens on the other side, and the units that Kontor's changes leave."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from . import units
from .books import Adjustment
from .page_texts import TEXTS, asked_language
from .page_tickets import add_ticket_forms, ticket_context, ticket_message
from .state import State

SHOWN_LINES = 60
SHOWN_CHANGES = 20
ACTIONS = ("move", "raise", "recover", "burst", "clear", "post")


def add_page(app: Flask, state: State) -> None:
    """Register the page at / and its forms at /page/<action>."""

    @app.get("/")
    def page() -> str:
        return render_template("sandbox.html", **_context(state))

    add_ticket_forms(app, state)

    @app.post("/page/<any(move, raise, recover, burst, clear, post):action>")
    def page_action(action: str) -> Response:
        try:
            count = _act(state, action)
        except ValueError:
            return redirect(url_for("page", lang=asked_language(), done="bad_date"), 303)
        return redirect(url_for("page", lang=asked_language(), done=action, count=count), 303)


def _act(state: State, action: str) -> int:
    if action == "move":
        return state.move_usage()
    if action == "raise":
        return len(state.raise_alerts())
    if action == "recover":
        return len(state.recover_alerts(1))
    if action == "burst":
        return len(state.burst())
    if action == "clear":
        return state.clear_alerts()
    return state.approve_and_post(up_to=date.fromisoformat(request.form.get("up_to", "")))


def _context(state: State) -> dict[str, Any]:
    language = asked_language()
    texts = TEXTS[language]
    query = request.args.get("q", "").strip()[:100]
    with state.lock:
        lines = _lines(state, query, language)
        alerts = len(state.sophos.open_alerts())
        desk = ticket_context(state, language)
        changes = [_change(state, item, language) for item in _last_changes(state)]
    return {
        "t": texts,
        "lang": language,
        "other": "en" if language == "de" else "de",
        "q": query,
        "today": state.today().isoformat(),
        "message": _message(texts),
        "lines": lines[:SHOWN_LINES],
        "more": texts["more"].format(count=SHOWN_LINES) if len(lines) > SHOWN_LINES else "",
        "open": texts["open"].format(count=alerts),
        "changes": changes,
        **desk,
        "calls": texts["calls"].format(
            sophos=sum(state.books.calls(host) for host in ("sophos_id", "sophos_api", "sophos_region")),
            autotask=sum(state.books.calls(host) for host in ("autotask_zone", "autotask")),
        ),
    }


def _message(texts: dict[str, str]) -> str:
    done, count = request.args.get("done", ""), request.args.get("count", "")
    if done == "bad_date":
        return texts["bad_date"]
    if done in ACTIONS and count.isdigit():
        return texts[f"done_{done}"].format(count=int(count))
    return ticket_message(texts, done, count)


def _shown_day(day: date, language: str) -> str:
    return day.strftime("%d.%m.%Y") if language == "de" else f"{day.day} {day:%b %Y}"


def _lines(state: State, query: str, language: str) -> list[dict[str, Any]]:
    """Contract services of the companies whose name holds the text, by company, contract and service."""
    tables, today = state.autotask.tables, state.today()
    found = []
    for line in tables["ContractServices"].values():
        contract = tables["Contracts"][line["contractID"]]
        company = tables["Companies"][contract["companyID"]]
        if query.casefold() not in company["companyName"].casefold():
            continue
        row = units.in_force(state.autotask.lines[line["id"]], today)
        found.append(
            {
                "company": company["companyName"],
                "city": company.get("city") or "",
                "contract": contract["contractName"],
                "service": tables["Services"][line["serviceID"]]["name"],
                "units": "–" if row is None else row.units,
                "start": _shown_day(row.start, language) if row else "",
                "end": _shown_day(row.end, language) if row else "",
                "posted": bool(row and row.posted),
            }
        )
    return sorted(found, key=lambda item: (item["company"].casefold(), item["city"], item["contract"], item["service"]))


def _last_changes(state: State) -> list[Adjustment]:
    both = [*state.books.adjustments, *state.books.refused]
    return sorted(both, key=lambda item: item.request, reverse=True)[:SHOWN_CHANGES]


def _change(state: State, item: Adjustment, language: str) -> dict[str, Any]:
    tables = state.autotask.tables
    line = tables["ContractServices"].get(item.contract_service_id or 0)
    contract = tables["Contracts"].get(line["contractID"] if line else item.contract_id)
    company = tables["Companies"].get(contract["companyID"]) if contract else None
    service = tables["Services"].get(line["serviceID"] if line else item.service_id or 0)
    return {
        "time": f"{item.at:%H:%M:%S}",
        "company": company["companyName"] if company else "",
        "service": service["name"] if service else "",
        "day": _shown_day(item.date, language) if item.date else "",
        "change": f"{item.change:+d}".replace("-", "−"),
        "after": item.after,
        "refused": TEXTS[language]["refused"].format(text=item.error) if item.error else "",
    }
