"""What the page of one run shows: its figures, failures, lines and customers; and the progress of a running one. Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from webapp.alerts import StepState
from webapp.domain import ACTIVE_RUN_STATES, LineState, ResultState, RunKind
from webapp.extensions import db
from webapp.models import Run, RunLine, RunResult, RunTicket
from webapp.services import run_search, runs
from webapp.services.run_filter import RunView

LINES_A_PAGE = 100
ATTENTION = (
    LineState.CONFLICT,
    LineState.REJECTED,
    LineState.UNKNOWN,
    LineState.NOT_APPLIED,
    LineState.BLOCKED,
    LineState.HELD,
)
"""The states that need a person, the gravest first."""
TABS: dict[str, tuple[LineState, ...]] = {
    "changes": (
        *ATTENTION,
        LineState.DEFERRED,
        LineState.PLANNED,
        LineState.POSTING,
        LineState.CONFIRMED,
        LineState.LOWER_SO_FAR,
    ),
    "attention": ATTENTION,
    "in_step": (LineState.IN_STEP,),
    "all": tuple(LineState),
}


@dataclass(frozen=True)
class RunPage:
    """One run. ``counts`` by line state and ``results`` by result state, whatever the view shows; ``tabs`` the number of rows
    behind each tab, for what is searched; ``licences`` what was changed in all. Of ``lines``, ``customers`` and
    ``tickets`` the view shows one, the others are empty.
    """

    run: Run
    view: RunView
    counts: Mapping[str, int]
    results: Mapping[str, int]
    tabs: Mapping[str, int]
    failures: Sequence[RunResult]
    skipped: Sequence[RunResult]
    lines: Sequence[RunLine]
    customers: Sequence[RunResult]
    tickets: Sequence[RunTicket]
    pages: int
    licences: int

    @property
    def held(self) -> int:
        return self.counts.get(LineState.HELD, 0)

    @property
    def succeeded(self) -> int:
        return self.results.get(ResultState.SUCCEEDED, 0)

    @property
    def asked(self) -> int:
        """How many customers the run was about."""
        return sum(self.results.values())

    @property
    def total(self) -> int:
        """The rows behind the tab that is shown."""
        return self.tabs[self.view.tab]


def one(run_id: int, view: RunView) -> RunPage:
    """The page of one run; raises NotFound. A page past the end is the last one; a run without lines shows its customers."""
    run = runs.get(run_id)
    view = replace(view, tab=_tab(run, view))
    searched, named = run_search.lines(run_id, view.q), run_search.results(run_id, view.q, view.result)
    counts, results = _line_counts([RunLine.run_id == run_id]), _result_counts(run_id)
    shown = _line_counts(searched) if view.q else counts
    tabs = {name: sum(shown.get(state, 0) for state in states) for name, states in TABS.items()}
    tabs["customers"] = db.session.scalar(select(func.count(RunResult.id)).where(*named)) or 0
    if run.kind == RunKind.TICKETS:
        tabs["tickets"] = db.session.scalar(select(func.count(RunTicket.id)).where(*run_search.tickets(run_id, view.q))) or 0
    pages = max(1, -(-tabs[view.tab] // LINES_A_PAGE))
    view = replace(view, page=min(view.page, pages))
    confirmed = select(func.sum(RunLine.delta)).where(RunLine.run_id == run_id, RunLine.state == LineState.CONFIRMED)
    return RunPage(
        run=run,
        view=view,
        counts=counts,
        results=results,
        tabs=tabs,
        failures=_results(run_id, ResultState.FAILED),
        skipped=_results(run_id, ResultState.SKIPPED),
        lines=_page(_lines(searched, view.tab), view.page) if view.tab in TABS else [],
        customers=_page(_by_gravity(named), view.page) if view.tab == "customers" else [],
        tickets=_page(_tickets(run_id, view.q), view.page) if view.tab == "tickets" else [],
        pages=pages,
        licences=db.session.scalar(confirmed) or 0,
    )


def _tab(run: Run, view: RunView) -> str:
    """The tab that a run of this kind shows: lines of a usage run, tickets of a ticket run, and customers of every run."""
    if view.tab == "customers" or run.kind == RunKind.REFRESH:
        return "customers"
    if run.kind == RunKind.TICKETS:
        return "tickets"
    return view.tab if view.tab in TABS else "changes"


def _page(rows: Select[Any], number: int) -> list[Any]:
    return list(db.session.scalars(rows.limit(LINES_A_PAGE).offset((number - 1) * LINES_A_PAGE)))


def _line_counts(conditions: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    counted = select(RunLine.state, func.count(RunLine.id)).where(*conditions).group_by(RunLine.state)
    return {state: number for state, number in db.session.execute(counted)}


def _result_counts(run_id: int) -> dict[str, int]:
    counted = select(RunResult.state, func.count(RunResult.id)).where(RunResult.run_id == run_id).group_by(RunResult.state)
    return {state: number for state, number in db.session.execute(counted)}


def _results(run_id: int, state: ResultState) -> list[RunResult]:
    found = select(RunResult).where(RunResult.run_id == run_id, RunResult.state == state)
    return list(db.session.scalars(found.order_by(RunResult.customer_name, RunResult.id)))


def _lines(conditions: Sequence[ColumnElement[bool]], tab: str) -> Select[Any]:
    """Those that need a person first, in the order of ATTENTION; then by contract and service."""
    gravity = db.case({state: place for place, state in enumerate(TABS["changes"])}, value=RunLine.state, else_=99)
    wanted = select(RunLine).where(*conditions, RunLine.state.in_(TABS[tab]))
    return wanted.order_by(gravity, RunLine.contract_name, RunLine.service_name, RunLine.id)


def _tickets(run_id: int, q: str) -> Select[Any]:
    """What failed first, then by customer."""
    gravity = db.case((RunTicket.state == StepState.FAILED, 0), (RunTicket.state == StepState.UNKNOWN, 1), else_=2)
    return select(RunTicket).where(*run_search.tickets(run_id, q)).order_by(gravity, RunTicket.customer_name, RunTicket.id)


def _by_gravity(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Failed customers first, then those with something held, then the others by name."""
    gravity = db.case((RunResult.state == ResultState.FAILED, 0), (RunResult.held > 0, 1), else_=2)
    return select(RunResult).where(*conditions).order_by(gravity, RunResult.customer_name, RunResult.id)


@dataclass(frozen=True)
class Progress:
    """A run under way, or how the last look at it found it ended. ``changes``: what was confirmed so far."""

    run: Run
    changes: int
    failed: int

    @property
    def ended(self) -> bool:
        return self.run.state not in ACTIVE_RUN_STATES


def progress(run_id: int) -> Progress:
    """How far a run is; raises NotFound."""
    run = runs.get(run_id)
    confirmed = select(func.count(RunLine.id)).where(RunLine.run_id == run_id, RunLine.state == LineState.CONFIRMED)
    failed = select(func.count(RunResult.id)).where(RunResult.run_id == run_id, RunResult.state == ResultState.FAILED)
    return Progress(run, db.session.scalar(confirmed) or 0, db.session.scalar(failed) or 0)


def current(kind: RunKind | None = None) -> Progress | None:
    """The run that pages show as progress: the oldest, of this kind if one is given, that is queued or running."""
    active = select(Run.id).where(Run.state.in_(("queued", "running"))).order_by(Run.id).limit(1)
    run_id = db.session.scalar(active.where(Run.kind == kind) if kind else active)
    return progress(run_id) if run_id else None
