"""A run as the JSON document of the command line (design, section 8): a contract, so names and states never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from webapp import texts
from webapp.models import Run, RunLine, RunResult
from webapp.services import ticket_documents

Document = dict[str, Any]


def document(run: Run) -> Document:
    """The whole document of a run: its head, its customers and its lines (usage) or its tickets (ticket sync)."""
    whole = head(run) | {"customers": [_customer(result) for result in run.results]}
    if run.kind == "usage":
        whole["lines"] = [line_document(line) for line in run.lines]
    if run.kind == "tickets":
        whole["tickets"] = ticket_documents.of_run(run.id)
    return whole


def head(run: Run) -> Document:
    """What every run has; ``runs`` is a list of these."""
    return {
        "id": run.id,
        "kind": run.kind,
        "trigger": run.trigger,
        "requested_by": run.requested_by,
        "dry_run": run.dry_run,
        "month": run.month,
        "closed": run.closed,
        "state": run.state,
        "error": error(run.error_code, run.error_params),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "resume_at": _moment(run.resume_at),
        "calls": {"sophos": run.calls_sophos, "autotask": run.calls_autotask},
    }


def not_started(*, kind: str, by: str, code: str, params: Mapping[str, Any], dry_run: bool, month: str | None) -> Document:
    """The document where no run could start: ``id`` null, failed, with the error (design, section 13, 16)."""
    empty: Document = {
        "id": None,
        "kind": kind,
        "trigger": "cli",
        "requested_by": by,
        "dry_run": dry_run,
        "month": month,
        "closed": False,
        "state": "failed",
        "error": error(code, params),
        "started_at": None,
        "finished_at": None,
        "resume_at": None,
        "calls": {"sophos": 0, "autotask": 0},
        "customers": [],
    }
    more: Document = {"usage": {"lines": []}, "tickets": {"tickets": []}}.get(kind, {})
    return empty | more


def error(code: str | None, params: Mapping[str, Any]) -> Document | None:
    """A code with its message and advice in the language of the reader; None without one."""
    if code is None:
        return None
    return {"code": code, "message": texts.sentence(code, params), "advice": texts.advice(code, params)}


def _customer(result: RunResult) -> Document:
    return {
        "customer_id": result.customer_id,
        "customer_name": result.customer_name,
        "state": result.state,
        "held": result.held,
        "deferred": result.deferred,
        "error": error(result.error_code, result.error_params),
    }


def line_document(line: RunLine) -> Document:
    """One line of a document."""
    return {
        "change_id": line.change_id,
        "contract_id": line.contract_id,
        "contract_service_id": line.contract_service_id,
        "service_id": line.service_id,
        "service_name": line.service_name,
        "customer_ids": line.customer_ids,
        "products": line.products,
        "before": line.before,
        "target": line.target,
        "delta": line.delta,
        "effective_date": line.effective_date.isoformat() if line.effective_date else None,
        "state": line.state,
        "code": line.code,
        "reason": reason(line),
    }


def reason(line: RunLine) -> str:
    """Why a line is as it is, in the language of the reader: its code's sentence where it has one, else the plan's reason."""
    return texts.sentence(line.code or line.reason, {"service": line.service_name, **line.reason_params})


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def summary(run: Run) -> list[str]:
    """The run in words for a terminal: one sentence, then what a person should look at, then what changed."""
    states: dict[str, int] = {}
    for line in run.lines:
        states[line.state] = states.get(line.state, 0) + 1
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    kind = f"{run.kind} {run.month}" if run.month else run.kind
    dry = (", close" if run.closed else "") + (", dry run" if run.dry_run else "")
    sentence = f"Run {run.id} ({kind}{dry}): {run.state}, {len(run.results)} customers."
    failed = [_problem(result) for result in run.results if result.error_code]
    changed = [_in_words(line) for line in run.lines if line.state not in ("in_step", "blocked")]
    tickets = ticket_documents.in_words(run.id) if run.kind == "tickets" else []
    return [sentence, *([f"  lines: {counted}"] if counted else []), *failed, *changed, *tickets]


def _problem(result: RunResult) -> str:
    assert result.error_code is not None
    cause = texts.sentence(result.error_code, result.error_params)
    return f"  {result.customer_name}: {result.state} ({result.error_code}) {cause}"


def _in_words(line: RunLine) -> str:
    figures = f"{line.before} -> {line.target}"
    return f"  {line.contract_name}, {line.service_name}: {figures} {line.state}. {reason(line)}"
