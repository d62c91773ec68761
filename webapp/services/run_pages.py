"""What the pages of runs show: the list, one run with its figures, failures and lines, and the progress of a running one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from webapp.domain import ACTIVE_RUN_STATES, LineState, ResultState
from webapp.extensions import db
from webapp.models import Run, RunLine, RunResult
from webapp.services import runs

LINES_A_PAGE = 100
RUNS_A_PAGE = 50
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
class RunsPage:
    runs: list[Run]
    page: int
    pages: int
    total: int


def listed(page: int) -> RunsPage:
    """One page of runs, the newest first; a page past the end shows the last."""
    total = db.session.scalar(select(func.count(Run.id))) or 0
    pages = max(1, -(-total // RUNS_A_PAGE))
    page = min(max(1, page), pages)
    rows = select(Run).order_by(Run.id.desc()).limit(RUNS_A_PAGE).offset((page - 1) * RUNS_A_PAGE)
    return RunsPage(list(db.session.scalars(rows)), page, pages, total)


@dataclass(frozen=True)
class RunPage:
    """One run. ``counts`` by line state; ``tabs`` the number of lines behind each tab; ``licences`` what was changed in all."""

    run: Run
    succeeded: int
    failures: list[RunResult]
    skipped: list[RunResult]
    customers: int
    counts: dict[str, int]
    tabs: dict[str, int]
    tab: str
    lines: list[RunLine]
    page: int
    pages: int
    licences: int

    @property
    def held(self) -> int:
        return self.counts.get(LineState.HELD, 0)


def one(run_id: int, *, tab: str, page: int) -> RunPage:
    """The page of one run; raises NotFound."""
    run = runs.get(run_id)
    tab = tab if tab in TABS else "changes"
    counts = _line_counts(run_id)
    tabs = {name: sum(counts.get(state, 0) for state in states) for name, states in TABS.items()}
    pages = max(1, -(-tabs[tab] // LINES_A_PAGE))
    page = min(max(1, page), pages)
    confirmed = select(func.sum(RunLine.delta)).where(RunLine.run_id == run_id, RunLine.state == LineState.CONFIRMED)
    results = list(db.session.scalars(select(RunResult).where(RunResult.run_id == run_id).order_by(RunResult.customer_name)))
    by_state = {state: [result for result in results if result.state == state] for state in ResultState}
    return RunPage(
        run=run,
        succeeded=len(by_state[ResultState.SUCCEEDED]),
        failures=by_state[ResultState.FAILED],
        skipped=by_state[ResultState.SKIPPED],
        customers=len(results),
        counts=counts,
        tabs=tabs,
        tab=tab,
        lines=list(db.session.scalars(_lines(run_id, tab).limit(LINES_A_PAGE).offset((page - 1) * LINES_A_PAGE))),
        page=page,
        pages=pages,
        licences=db.session.scalar(confirmed) or 0,
    )


def _line_counts(run_id: int) -> dict[str, int]:
    counted = select(RunLine.state, func.count(RunLine.id)).where(RunLine.run_id == run_id).group_by(RunLine.state)
    return {state: number for state, number in db.session.execute(counted)}


def _lines(run_id: int, tab: str) -> Select[RunLine]:
    """Those that need a person first, in the order of ATTENTION; then by contract and service."""
    gravity = db.case({state: place for place, state in enumerate(TABS["changes"])}, value=RunLine.state, else_=99)
    wanted = select(RunLine).where(RunLine.run_id == run_id, RunLine.state.in_(TABS[tab]))
    return wanted.order_by(gravity, RunLine.contract_name, RunLine.service_name, RunLine.id)


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


def current() -> Progress | None:
    """The run that pages show as progress: the oldest that is queued or running."""
    active = select(Run.id).where(Run.state.in_(("queued", "running"))).order_by(Run.id).limit(1)
    run_id = db.session.scalar(active)
    return progress(run_id) if run_id else None
