"""The list of runs, filtered, in pages of 50, the newest first. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import ColumnElement, exists, func, not_, or_, select

from webapp.context import context
from webapp.domain import ResultState, RunKind, RunState
from webapp.extensions import db
from webapp.models import Run, RunResult
from webapp.services import quiet_runs
from webapp.services.run_filter import RunFilter

PAGE_SIZE = 50
CHOICES = 100
"""The most months or people that the filter offers."""


@dataclass(frozen=True)
class RunsPage:
    """``total`` runs fit the filter, of ``installed`` in all. ``months`` and ``people`` are what the filter offers."""

    filter: RunFilter
    runs: Sequence[Run]
    total: int
    pages: int
    installed: int

    @cached_property
    def months(self) -> Sequence[str]:
        """The months of usage runs, the newest first, with the chosen one."""
        found = select(Run.month).where(Run.month.is_not(None)).distinct().order_by(Run.month.desc()).limit(CHOICES)
        return _with(self.filter.month, list(db.session.scalars(found)))

    @cached_property
    def people(self) -> Sequence[str]:
        """The actors that asked for runs, with the chosen one."""
        found = select(Run.requested_by).distinct().order_by(Run.requested_by).limit(CHOICES)
        return _with(self.filter.who, list(db.session.scalars(found)))


def page(wanted: RunFilter) -> RunsPage:
    """The page of runs that ``wanted`` asks for; a page past the end shows the last."""
    conditions = [*_conditions(wanted), *_loud(wanted)]
    counts = select(func.count(Run.id).filter(*conditions) if conditions else func.count(Run.id), func.count(Run.id))
    total, installed = db.session.execute(counts).one()
    pages = max(1, -(-total // PAGE_SIZE))
    shown = replace(wanted, page=min(wanted.page, pages))
    return RunsPage(shown, _newest(conditions, limit=PAGE_SIZE, offset=(shown.page - 1) * PAGE_SIZE), total, pages, installed)


def newest(wanted: RunFilter, *, limit: int, offset: int = 0) -> list[Run]:
    """The newest runs that fit the filter, whatever page it names."""
    return _newest(_conditions(wanted), limit=limit, offset=offset)


def _newest(conditions: Sequence[ColumnElement[bool]], *, limit: int, offset: int) -> list[Run]:
    rows = select(Run).where(*conditions).order_by(Run.id.desc()).limit(limit).offset(offset)
    return list(db.session.scalars(rows))


def _with(chosen: str, offered: list[str]) -> list[str]:
    return offered if not chosen or chosen in offered else [chosen, *offered]


def _conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    named = {Run.kind: wanted.kind, Run.state: wanted.state, Run.trigger: wanted.trigger, Run.month: wanted.month}
    named[Run.requested_by] = wanted.who
    found: list[ColumnElement[bool]] = [column == value for column, value in named.items() if value]
    if wanted.failures:
        found.append(_failed())
    if wanted.dry is not None:
        found.append(Run.dry_run.is_(wanted.dry))
    began = func.coalesce(Run.started_at, Run.created_at)
    if wanted.since:
        found.append(began >= _midnight(wanted.since))
    if wanted.until:
        found.append(began < _midnight(wanted.until + timedelta(days=1)))
    return found


def _loud(wanted: RunFilter) -> list[ColumnElement[bool]]:
    """Ticket sync runs many times an hour: what the schedule started and in which nothing happened is left out, unless ticket
    runs are asked for."""
    if wanted.kind == RunKind.TICKETS:
        return []
    return [not_(quiet_runs.is_quiet())]


def _failed() -> ColumnElement[bool]:
    """Wholly, or for some customer."""
    some = exists().where(RunResult.run_id == Run.id, RunResult.state == ResultState.FAILED)
    return or_(Run.state.in_((RunState.FAILED, RunState.PARTIAL)), some)


def _midnight(day: date) -> datetime:
    """The moment at which a day begins in the installation's zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=context().settings.timezone).astimezone(UTC)
