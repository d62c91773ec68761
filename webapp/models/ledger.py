"""The ledger: every intended change of a contract service from intent to proof, and what is known of each line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.models.types import Moment


class Change(Model):
    """One intended quantity change of one contract service: a row of the ledger (design, section 7.2).

    ``origin``: ``plan`` (usage), ``undo`` (of the change ``undo_of``), ``correction`` (of the conflict ``undo_of``).
    ``new_line``: the contract had no such line. While ``contract_service_id`` is None, a POST of this row creates the contract
    service; the quantity follows in the same row once its id is known. ``closed``: planned from a closed month.
    ``decision`` is approved, dismissed, adopted or corrected, by ``decided_by``, for ``decision_reason``.
    ``post_deadline_at`` and ``post_lease_until`` are written with the intent; the outcome may be judged "not applied" only
    after the later of the two plus KONTOR_SETTLE_SECONDS. ``attempts`` counts POSTs. ``units_after`` is what was read back.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index(
            "uq_changes_open_line",
            "contract_service_id",
            unique=True,
            sqlite_where=text("state IN ('posting', 'unknown', 'conflict')"),
            postgresql_where=text("state IN ('posting', 'unknown', 'conflict')"),
        ),
        Index(
            "uq_changes_line_date",
            "contract_service_id",
            "effective_date",
            unique=True,
            sqlite_where=text("state IN ('posting', 'unknown', 'conflict', 'not_applied', 'confirmed')"),
            postgresql_where=text("state IN ('posting', 'unknown', 'conflict', 'not_applied', 'confirmed')"),
        ),
        Index(
            "uq_changes_held_line",
            "contract_service_id",
            unique=True,
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "uq_changes_open_new_line",
            "contract_id",
            "service_id",
            unique=True,
            sqlite_where=text("state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"),
            postgresql_where=text("state IN ('posting', 'unknown', 'conflict', 'not_applied') AND contract_service_id IS NULL"),
        ),
        Index(
            "uq_changes_held_new_line",
            "contract_id",
            "service_id",
            unique=True,
            sqlite_where=text("state = 'held' AND contract_service_id IS NULL"),
            postgresql_where=text("state = 'held' AND contract_service_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(BigInteger, index=True)
    contract_service_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    service_id: Mapped[int] = mapped_column(BigInteger)
    service_name: Mapped[str] = mapped_column(String(500), default="")
    customer_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    month: Mapped[str] = mapped_column(String(7))
    closed: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(String(12), default="plan")
    undo_of: Mapped[int | None] = mapped_column(Integer, index=True)
    new_line: Mapped[bool] = mapped_column(default=False)
    before: Mapped[int] = mapped_column(Integer)
    target: Mapped[int] = mapped_column(Integer)
    delta: Mapped[int] = mapped_column(Integer)
    effective_date: Mapped[date]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), index=True)
    code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(60))
    reason_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    price_before: Mapped[float | None]
    price_after: Mapped[float | None]
    units_after: Mapped[int | None] = mapped_column(Integer)
    error_text: Mapped[str | None] = mapped_column(String(2000))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    answer: Mapped[str] = mapped_column(String(10), default="none")  # none, unclear, accepted (services/settling.py)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    post_deadline_at: Mapped[datetime | None] = mapped_column(Moment)
    post_lease_until: Mapped[datetime | None] = mapped_column(Moment)
    next_read_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision: Mapped[str | None] = mapped_column(String(2000))
    decision_reason: Mapped[str | None] = mapped_column(String(2000))


class LedgerLine(Model):
    """One row for each line the ledger knows; ``version`` rises with every state change of any of its changes.

    The plan notes the version, and a change is claimed by an UPDATE on it: what was planned on older knowledge is not posted.
    ``pinned_*``: a run was undone; every plan of the line is held until a person releases it. ``later_decision`` (overwrite or
    keep) is what a person said of the change that somebody scheduled in Autotask, ``later_step`` which change that was
    (``{"date": ISO date, "step": units}``).
    """

    __tablename__ = "ledger_lines"

    contract_service_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer, default=0)
    confirmed_units: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    contract_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    service_id: Mapped[int | None] = mapped_column(BigInteger)
    pinned_at: Mapped[datetime | None] = mapped_column(Moment)
    pinned_by: Mapped[str | None] = mapped_column(String(200))
    pinned_run_id: Mapped[int | None] = mapped_column(Integer)
    later_decision: Mapped[str | None] = mapped_column(String(10))
    later_step: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    later_decided_at: Mapped[datetime | None] = mapped_column(Moment)
    later_decided_by: Mapped[str | None] = mapped_column(String(200))


class LineMonth(Model):
    """What was last read and planned of a line for a month: the units in Autotask, what usage asks for, and the price.

    Written by every usage run; the history of a contract and the billing check read it. ``units`` are those in force on
    ``units_on``, after Kontor's own confirmed change where there was one; None where they could not be read. ``target`` is None
    where the plan was blocked. ``posted``: Autotask had approved and posted that period.
    """

    __tablename__ = "line_months"
    __table_args__ = (Index("uq_line_months_month_line", "month", "contract_service_id", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    contract_id: Mapped[int] = mapped_column(BigInteger, index=True)
    contract_service_id: Mapped[int] = mapped_column(BigInteger, index=True)
    service_id: Mapped[int] = mapped_column(BigInteger)
    service_name: Mapped[str] = mapped_column(String(500), default="")
    customer_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    units: Mapped[int | None] = mapped_column(Integer)
    units_on: Mapped[date]
    price: Mapped[float | None]
    posted: Mapped[bool] = mapped_column(default=False)
    target: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(60))
    run_id: Mapped[int] = mapped_column(Integer)
    read_at: Mapped[datetime] = mapped_column(Moment)


class ContractSetting(Model):
    """What a person settled for one contract: its own billing way (``billing`` None: the installation's)."""

    __tablename__ = "contract_settings"

    contract_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    billing: Mapped[str | None] = mapped_column(String(10))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(200))


class SignOff(Model):
    """A billing check that a person signed: a frozen copy of what it said (``document``), for ever."""

    __tablename__ = "sign_offs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[str] = mapped_column(String(7), index=True)
    signed_by: Mapped[str] = mapped_column(String(200))
    signed_at: Mapped[datetime] = mapped_column(Moment)
    note: Mapped[str | None] = mapped_column(String(2000))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
