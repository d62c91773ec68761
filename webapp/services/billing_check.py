"""The billing check of a month: is every licence that Sophos counts billed in Autotask? From what is stored; calls nobody.

Figures that are missing, old or incomplete are named (``problems``), so that the check never looks complete when it is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.context import context, now, today
from webapp.domain import ACTIVE_RUN_STATES, Mode, Month, Reason, RunKind, RunState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import LineMonth, Run, Usage
from webapp.services import billing_figures, closing, findings, preferences, requests, usage_history
from webapp.services.billing_rows import Row, Standing, Total, in_order, plain, totals
from webapp.services.billing_sums import check_rows

FRESH = timedelta(hours=26)
"""Usage is read every 24 hours; figures of the running month that are older are called old."""
_ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True)
class Check:
    """The check of a month. ``read_at``: when its usage was last read, None where it never was. ``lines_read_at``: the oldest
    reading of a line in Autotask. ``problems``: why the figures are not the whole truth, as codes of the catalogue.
    ``missed``: what the month itself lacks or has too many of in Autotask although its lines are right by now; findings that
    stay until a person signs."""

    month: Month
    rows: Sequence[Row]
    totals: Mapping[str, Total]
    read_at: datetime | None = None
    lines_read_at: datetime | None = None
    problems: Sequence[Reason] = field(default=())
    running: bool = False
    missed: Sequence[Reason] = field(default=())

    @property
    def differences(self) -> int:
        """How many rows are open."""
        return sum(row.open for row in self.rows)

    @property
    def complete(self) -> bool:
        """Nothing puts the figures in doubt; a close that has not run yet does not."""
        return self.read_at is not None and all(each.key == "check_not_closed" for each in self.problems)

    @property
    def clean(self) -> bool:
        """Everything is billed, and everything was read."""
        return self.complete and not self.differences and not self.problems and not self.missed

    @property
    def needs_confirmation(self) -> bool:
        """Whether who signs must say that they know: the month runs, something is open, or the figures are not complete."""
        return self.running or not self.clean

    def document(self) -> dict[str, object]:
        """Rows and totals as plain JSON: codes, figures and names."""
        return {
            "month": str(self.month),
            "running": self.running,
            "read_at": _text(self.read_at),
            "lines_read_at": _text(self.lines_read_at),
            "problems": _plain_reasons(self.problems),
            "missed": _plain_reasons(self.missed),
            "totals": plain(self.totals),
            "rows": plain(self.rows),
        }

    def seal(self) -> str:
        """A short text that differs as soon as any figure does: who signs, signs what they saw."""
        rows = [(row.key, row.code, row.confirmed, *row.figures) for row in self.rows]
        content = (str(self.month), self.running, [each.key for each in self.problems], _plain_reasons(self.missed), rows)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:20]


def _plain_reasons(reasons: Sequence[Reason]) -> list[dict[str, object]]:
    return [{"code": each.key, "params": dict(each.params)} for each in reasons]


def missed_source(month: Month) -> str:
    """The source of the findings about what the month lacks (usage_findings.note_missed)."""
    return f"missed {month}"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def month_asked_for(text: str | None) -> Month:
    """The month of an address or option; without one, the month whose close is due or running.

    Raises Refused: month_invalid, month_in_future.
    """
    if not text:
        return closing.month_of_close(today())
    try:
        month = Month.parse(text)
    except ValueError:
        raise Refused("month_invalid", "month", month=text) from None
    if month.first_day > today():
        raise Refused("month_in_future", "month", month=text)
    return month


def months(*also: Month) -> list[Month]:
    """The months that have usage, the running one and ``also``, the newest first."""
    used = db.session.scalars(select(Usage.month).distinct())
    found = {Month.parse(text) for text in used} | {Month.of(today()), *also}
    return sorted(found, key=str, reverse=True)


def check(month: Month) -> Check:
    """The check as the stored figures have it. Reads only."""
    running = month == Month.of(today())
    read_at = _usage_read_at(month)
    if read_at is None:
        return Check(month, (), totals(()), problems=[Reason("check_usage_missing", {"month": str(month)})], running=running)
    figures = billing_figures.of_month(month)
    rows = in_order(
        check_rows(figures.usage, figures.lines, over=not running, waiting=_waiting(running=running), new_lines=figures.new_lines)
    )
    lines_read_at = db.session.scalar(select(func.min(LineMonth.read_at)).where(LineMonth.month == str(month)))
    problems = list(_problems(month, rows, read_at, running=running))
    missed = [Reason(each.code, each.params) for each in findings.open_of(missed_source(month))]
    return Check(month, rows, totals(rows), read_at, lines_read_at, problems, running, missed)


def read_again(*, month: Month, by: str) -> Run:
    """Ask for a dry run of the month: it reads everything again and posts nothing. Commits. Raises Refused(not_connected)."""
    return requests.request_run(kind=RunKind.USAGE, trigger="web", by=by, month=month, dry_run=True)


def run_in_hand(month: Month) -> int | None:
    """The usage run that reads this month now or waits to, None where there is none."""
    mine = Run.month == str(month)
    if month == Month.of(today()):
        mine = mine | Run.month.is_(None)
    active = select(Run.id).where(Run.kind == RunKind.USAGE, Run.state.in_(ACTIVE_RUN_STATES), mine)
    return db.session.scalar(active.order_by(Run.id.desc()).limit(1))


def _usage_read_at(month: Month) -> datetime | None:
    reading = usage_history.reading(month)
    return reading.read_at if reading else db.session.scalar(select(func.max(Usage.read_at)).where(Usage.month == str(month)))


def _waiting(*, running: bool) -> Reason:
    """Why a planned change is not posted yet."""
    if not running:
        return Reason("check_month_over")
    mode = Mode(preferences.get("mode"))
    posts = mode in (Mode.AUTOMATIC, Mode.APPROVE)
    return Reason("check_posted_next") if posts else Reason(f"check_mode_{mode}")


def _problems(month: Month, rows: Sequence[Row], read_at: datetime, *, running: bool) -> Iterator[Reason]:
    """What keeps the figures from being the whole truth, the gravest first."""
    if usage_history.reading(month) is None:
        yield Reason("check_usage_partial", {"month": str(month)})
    yield from _failed_run(month)
    day = read_at.astimezone(context().clock.zone).date()
    if not running and day <= month.last_day:
        yield Reason("check_read_before_end", {"month": str(month), "date": day.isoformat()})
    if running and now() - read_at > FRESH:
        yield Reason("check_old", {"date": day.isoformat()})
    if unread := sum(row.standing is Standing.NOT_READ for row in rows):
        yield Reason("check_lines_unread", {"lines": unread})
    if older := _older_lines(month, read_at):
        yield Reason("check_lines_older", {"lines": older})
    if not running and not _closed(month):
        yield Reason("check_not_closed", {"month": str(month)})


def _failed_run(month: Month) -> Iterator[Reason]:
    """The newest usage run of the month for the whole partner, if it failed."""
    mine = Run.month == str(month)
    ended = select(Run).where(Run.kind == RunKind.USAGE, mine, Run.state.in_(_ENDED), Run.scope.is_(None))
    run = db.session.scalars(ended.order_by(Run.id.desc()).limit(1)).first()
    if run and run.state in (RunState.FAILED, RunState.CANCELLED):
        yield Reason("check_run_failed", {"run": str(run.id)})


def _older_lines(month: Month, read_at: datetime) -> int:
    """Lines that were last read before the usage: their run ended in between, or they left it."""
    older = select(func.count(LineMonth.id)).where(LineMonth.month == str(month), LineMonth.read_at < read_at)
    return db.session.scalar(older) or 0


def _closed(month: Month) -> bool:
    ended = Run.state.in_((RunState.SUCCEEDED, RunState.PARTIAL))
    closes = select(Run.id).where(Run.kind == RunKind.USAGE, Run.month == str(month), Run.closed.is_(True), ended)
    real = closes.where(Run.scope.is_(None), Run.dry_run.is_(False))
    return db.session.scalar(real.limit(1)) is not None
