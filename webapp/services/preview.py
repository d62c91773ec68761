"""What a run would post, what waits and what stands in the way, from the lines that the run has kept. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from webapp.context import today
from webapp.domain import LineState, Mode, Month, Reason, RunKind, RunState
from webapp.extensions import db
from webapp.models import Run, RunLine
from webapp.services import closing, preferences, preview_gaps, runs
from webapp.services.preview_gaps import Gaps, Named
from webapp.services.preview_lines import ExpectedLine, Totals, totals

NOT_POSTED = "period_posted"
"""The reason of a line that is planned and never posted by its run: a past month, approved and posted already."""


@dataclass(frozen=True)
class Blocked:
    """Lines stopped by the same cause: how many, whose, and the cause of the first."""

    lines: int
    all_names: frozenset[str]
    reason: Reason

    @property
    def customers(self) -> Named:
        return Named.of(self.all_names)


@dataclass(frozen=True)
class Preview:
    """What comes of the plan of ``run``: ``post`` now; ``held`` for a person; ``waiting`` for a day; ``reported`` only.

    ``counts`` by line state. ``posts_now``: the mode lets Kontor post. ``close``: the run that closed, or would close, the month
    before in the same go.
    """

    run: Run
    post: tuple[ExpectedLine, ...] = ()
    held: tuple[ExpectedLine, ...] = ()
    waiting: tuple[ExpectedLine, ...] = ()
    reported: tuple[ExpectedLine, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=Gaps)
    posts_now: bool = False
    close: Preview | None = None

    @property
    def totals(self) -> Totals:
        return totals(self.post)

    @property
    def is_plan(self) -> bool:
        """Whether the run itself posts nothing of what it planned; else only what waits is still to come."""
        return self.run.dry_run or bool(self.post)

    @property
    def blocked_lines(self) -> int:
        return sum(each.lines for each in self.blocked)

    @property
    def blocked_customers(self) -> Named:
        return Named.of(name for each in self.blocked for name in each.all_names)

    @property
    def can_sync(self) -> bool:
        """Whether a sync for the same customers would do what is shown: a dry run of the running month or of a close, in a mode
        that posts."""
        done = self.run.state in (RunState.SUCCEEDED, RunState.PARTIAL)
        current = self.run.closed or self.run.month == str(Month.of(today()))
        return self.posts_now and self.run.dry_run and done and current


def of_run(run_id: int) -> Preview:
    """The preview that a run's lines give; raises NotFound."""
    run = runs.get(run_id)
    return _preview(run, close=_close_of(run))


def on_page_of(run_id: int) -> Preview | None:
    """The preview for the page of a run: of one that posts nothing, or that left something to come. None for every other."""
    run = runs.get(run_id)
    if run.kind != RunKind.USAGE or run.state in (RunState.QUEUED, RunState.RUNNING):
        return None
    to_come = select(RunLine.id).where(RunLine.run_id == run_id, RunLine.state == LineState.PLANNED).limit(1)
    return of_run(run_id) if run.dry_run or db.session.scalar(to_come) else None


def _preview(run: Run, close: Preview | None) -> Preview:
    lines = _lines(run.id)
    planned = [line for line in lines if line.state == LineState.PLANNED]
    due = [line for line in planned if line.waits_until is None]
    waiting = [line for line in planned if line.waits_until] + [line for line in lines if line.state == LineState.DEFERRED]
    return Preview(
        run=run,
        post=_expected(line for line in due if line.reason != NOT_POSTED),
        held=_expected(line for line in lines if line.state == LineState.HELD),
        waiting=tuple(sorted(_expected(waiting), key=_day)),
        reported=_expected(line for line in due if line.reason == NOT_POSTED),
        blocked=_blocked([line for line in lines if line.state == LineState.BLOCKED]),
        counts=_counts(run.id),
        gaps=preview_gaps.of_month(Month.parse(run.month), run.scope) if run.month else Gaps(),
        posts_now=preferences.get("mode") in (Mode.AUTOMATIC, Mode.APPROVE),
        close=close,
    )


def _lines(run_id: int) -> list[RunLine]:
    """The lines that are not in step, by contract and service."""
    states = (LineState.PLANNED, LineState.HELD, LineState.DEFERRED, LineState.BLOCKED)
    wanted = select(RunLine).where(RunLine.run_id == run_id, RunLine.state.in_(states))
    return list(db.session.scalars(wanted.order_by(RunLine.contract_name, RunLine.service_name, RunLine.id)))


def _counts(run_id: int) -> dict[str, int]:
    counted = select(RunLine.state, func.count(RunLine.id)).where(RunLine.run_id == run_id).group_by(RunLine.state)
    return {state: number for state, number in db.session.execute(counted)}


def _expected(lines: Iterable[RunLine]) -> tuple[ExpectedLine, ...]:
    return tuple(expected(line) for line in lines)


def expected(line: RunLine) -> ExpectedLine:
    """A line of a run as a preview shows it."""
    return ExpectedLine(
        service=line.service_name,
        contract=line.contract_name,
        customers=tuple(line.customer_names),
        before=line.before,
        target=line.target,
        delta=line.delta,
        effective_date=line.effective_date,
        period_start=line.period_start,
        period_end=line.period_end,
        price=line.price,
        waits_until=line.waits_until or (line.effective_date if line.state == LineState.DEFERRED else None),
        reason=Reason(line.code or line.reason, {"service": line.service_name, **line.reason_params}),
    )


def _day(line: ExpectedLine) -> str:
    return line.waits_until.isoformat() if line.waits_until else ""


def _blocked(lines: Sequence[RunLine]) -> tuple[Blocked, ...]:
    """By cause, the one with the most lines first."""
    causes: dict[str, list[RunLine]] = {}
    for line in lines:
        causes.setdefault(line.code or line.reason, []).append(line)
    found = [
        Blocked(
            lines=len(group),
            all_names=frozenset(name for line in group for name in line.customer_names),
            reason=Reason(cause, {"service": group[0].service_name, **group[0].reason_params}),
        )
        for cause, group in causes.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.lines, each.reason.key)))


def _close_of(run: Run) -> Preview | None:
    """The close that a sync carries out first, as a run of its own."""
    closes = closing.made_by(run.id)
    return _preview(closes[-1], close=None) if closes else None
