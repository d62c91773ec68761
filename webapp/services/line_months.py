"""What was read and planned of a line for a month, kept for the history of a contract and for the billing check.

Every usage run calls ``keep`` with what it planned, and ``follow`` for the changes whose state moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from webapp.context import now
from webapp.domain import LineState, Month
from webapp.extensions import changed_rows, db
from webapp.models import Change, LineMonth

_AT_ONCE = 500
"""Rows in one statement: 17 columns each stay below the smallest limit of placeholders, 32,766 (SQLite)."""
_FOLLOWS = (LineState.PLANNED, LineState.POSTING, LineState.UNKNOWN, LineState.NOT_APPLIED)
"""The states that are not settled: only they follow the ledger; "held" stays what the run said."""


@dataclass(frozen=True)
class MonthOfLine:
    """What one run says of one line for its month.

    ``units`` are those in force on ``units_on`` (None: could not be read), ``price`` that of the same unit row, ``posted``
    whether Autotask had approved and posted that period. ``target`` is what usage asks for, None where the plan was blocked
    before it was known. ``state`` is a LineState, ``code`` one of the catalogue.
    """

    contract_id: int
    contract_service_id: int
    service_id: int
    service_name: str
    customer_ids: tuple[str, ...]
    products: tuple[str, ...]
    units: int | None
    units_on: date
    price: float | None
    posted: bool
    target: int | None
    state: str
    code: str | None = None


def keep(run_id: int, month: Month | str, rows: Iterable[MonthOfLine]) -> None:
    """Write the rows of a run for ``month``, each in place of what an earlier run wrote of that line. The caller commits.

    One line is given once; lines that the run does not name stay as they were. Two runs at once (a dry run beside a posting
    one) both succeed: the rows go in the order of the lines, so neither waits for the other in a circle.
    """
    moment, ordered = now(), sorted(rows, key=lambda row: row.contract_service_id)
    for some in _batches(ordered):
        values = [_values(row, run_id=run_id, month=str(month)) | {"read_at": moment} for row in some]
        db.session.execute(_upsert(values))


def follow(change_ids: Iterable[int]) -> None:
    """Bring the months that tell of these changes to what became of them. The caller commits.

    ``units`` become the target of a confirmed change that is in force on the row's ``units_on``. One that takes effect later
    (a decrease at the start of the next period) leaves them: until that day Autotask bills what was read.
    """
    for change_id in change_ids:
        change = db.session.get(Change, change_id, populate_existing=True)
        if change is None or change.contract_service_id is None:
            continue
        mine = (LineMonth.month == change.month, LineMonth.contract_service_id == change.contract_service_id)
        if change.state == LineState.CONFIRMED:
            in_force = LineMonth.units_on >= change.effective_date
            changed_rows(update(LineMonth).where(*mine, in_force).values(units=change.target))
        settled = {"state": change.state, "code": change.code}
        changed_rows(update(LineMonth).where(*mine, LineMonth.state.in_(_FOLLOWS)).values(**settled))


def of_lines(contract_service_ids: Sequence[int], *, since: Month) -> list[LineMonth]:
    """The months of these lines from ``since`` on, by line and month. Reads only."""
    wanted = select(LineMonth).where(LineMonth.contract_service_id.in_(contract_service_ids), LineMonth.month >= str(since))
    return list(db.session.scalars(wanted.order_by(LineMonth.contract_service_id, LineMonth.month)))


def of_contract(contract_id: int, *, since: Month) -> list[LineMonth]:
    """The months of the contract's lines from ``since`` on, also of lines that are gone, by line and month. Reads only."""
    wanted = select(LineMonth).where(LineMonth.contract_id == contract_id, LineMonth.month >= str(since))
    return list(db.session.scalars(wanted.order_by(LineMonth.contract_service_id, LineMonth.month)))


def _batches(rows: Sequence[MonthOfLine]) -> Iterable[Sequence[MonthOfLine]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def _values(row: MonthOfLine, *, run_id: int, month: str) -> dict[str, Any]:
    lists = {"customer_ids": list(row.customer_ids), "products": list(row.products)}
    return asdict(row) | lists | {"month": month, "run_id": run_id, "state": str(row.state)}


def _upsert(values: list[dict[str, Any]]) -> Any:
    """Both databases know INSERT ... ON CONFLICT; SQLAlchemy has it in the dialects."""
    table = LineMonth.__table__
    sqlite_here = db.engine.dialect.name == "sqlite"
    insert = sqlite.insert(table) if sqlite_here else postgresql.insert(table)  # type: ignore[arg-type]
    written = insert.values(values)
    key = ("month", "contract_service_id")
    new = {name: written.excluded[name] for name in values[0] if name not in key}
    return written.on_conflict_do_update(index_elements=list(key), set_=new)
