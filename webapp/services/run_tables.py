"""What a run says of its lines and of its customers, as tables for an accountant. Only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select

from webapp import state_words, texts
from webapp.domain import LineState
from webapp.extensions import db
from webapp.models import Run, RunLine, RunResult
from webapp.services import periods_shown, runs
from webapp.services.run_documents import reason
from webapp.services.table_files import Column, Table, Value

_AT_ONCE = 1000


@dataclass(frozen=True)
class RunTable:
    """``name`` is that of the file, without its ending."""

    name: str
    table: Table


def of(run_id: int, part: str) -> RunTable:
    """The ``lines`` or the ``customers`` of a run; raises NotFound. The rows are read while the file is written."""
    run = runs.get(run_id)
    month = f"-{run.month}" if run.month else ""
    title, columns, rows = PARTS[part]
    return RunTable(f"kontor-run-{run.id}{month}-{part}", Table(title(), columns(), rows(run)))


def _line_columns() -> list[Column]:
    return [
        Column(gettext("Customer"), 36),
        Column(gettext("Contract"), 30),
        Column(gettext("Service"), 34),
        Column(gettext("Products"), 18),
        Column(gettext("Before"), 9),
        Column(gettext("Target"), 9),
        Column(gettext("Change"), 9),
        Column(gettext("Effective"), 12),
        Column(gettext("Billed"), 16),
        Column(gettext("Period begins"), 12),
        Column(gettext("Period ends"), 12),
        Column(gettext("Price"), 11),
        Column(gettext("Change a period"), 13),
        Column(gettext("Waits until"), 12),
        Column(gettext("State"), 16),
        Column(gettext("Reason"), 60),
        Column(gettext("Code"), 24),
        Column(gettext("Month"), 10),
        Column(gettext("Change number"), 10),
        Column(gettext("Contract id"), 14),
        Column(gettext("Line id"), 14),
        Column(gettext("Service id"), 14),
        Column(gettext("Customer id"), 38),
    ]


def _lines(run: Run) -> Iterator[list[Value]]:
    found = select(RunLine).where(RunLine.run_id == run.id)
    found = found.order_by(RunLine.contract_name, RunLine.contract_id, RunLine.service_name, RunLine.id)
    month = run.month
    for line in db.session.scalars(found.execution_options(yield_per=_AT_ONCE)):
        yield [
            ", ".join(line.customer_names),
            line.contract_name,
            line.service_name,
            ", ".join(line.products),
            line.before,
            line.target,
            line.delta,
            line.effective_date,
            periods_shown.word(line.effective_date, line.period_start) if line.delta else None,
            line.period_start,
            line.period_end,
            line.price,
            round(line.price * line.delta, 4) if line.price is not None and line.delta is not None else None,
            line.waits_until if line.state == LineState.PLANNED else None,
            state_words.line(line.state),
            reason(line),
            line.code,
            month,
            line.change_id,
            line.contract_id,
            line.contract_service_id,
            line.service_id,
            ", ".join(line.customer_ids),
        ]


def _customer_columns() -> list[Column]:
    return [
        Column(gettext("Customer"), 40),
        Column(gettext("State"), 14),
        Column(gettext("Changed"), 10),
        Column(gettext("Held"), 14),
        Column(gettext("Deferred"), 14),
        Column(gettext("Cause"), 60),
        Column(gettext("What to do"), 60),
        Column(gettext("Code"), 24),
        Column(gettext("Customer id"), 38),
    ]


def _customers(run: Run) -> Iterator[list[Value]]:
    found = select(RunResult).where(RunResult.run_id == run.id).order_by(RunResult.customer_name, RunResult.id)
    for result in db.session.scalars(found.execution_options(yield_per=_AT_ONCE)):
        code, params = result.error_code, result.error_params
        yield [
            result.customer_name,
            state_words.result(result.state),
            result.changed,
            result.held,
            result.deferred,
            texts.sentence(code, params) if code else None,
            texts.advice(code, params) if code else None,
            code,
            result.customer_id,
        ]


PARTS: dict[str, tuple[Callable[[], str], Callable[[], list[Column]], Callable[[Run], Iterator[list[Value]]]]] = {
    "lines": (lambda: gettext("Lines"), _line_columns, _lines),
    "customers": (lambda: gettext("Customers"), _customer_columns, _customers),
}
"""What can be exported: the name of the sheet, its columns and its rows."""
