"""Runs, their results per customer and their lines; and the ledger: the changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.types import Moment


class Run(Model):
    """One execution of a refresh, a usage sync or a ticket sync.

    ``scope`` lists the customer ids asked for, None for all. ``fence`` rises with every claim; whoever holds an older one
    writes nothing. ``host``, ``process_id`` and ``process_started`` tell a dead process on the same machine from a slow one.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), index=True)
    trigger: Mapped[str] = mapped_column(String(10))  # cli, web, schedule
    requested_by: Mapped[str] = mapped_column(String(200))
    dry_run: Mapped[bool] = mapped_column(default=False)
    month: Mapped[str | None] = mapped_column(String(7))
    closed: Mapped[bool] = mapped_column(default=False)
    scope: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(10), index=True)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    resume_at: Mapped[datetime | None] = mapped_column(Moment)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    calls_sophos: Mapped[int] = mapped_column(Integer, default=0)
    calls_autotask: Mapped[int] = mapped_column(Integer, default=0)
    customers_total: Mapped[int] = mapped_column(Integer, default=0)
    customers_done: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(String(100))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_expires_at: Mapped[datetime | None] = mapped_column(Moment)
    host: Mapped[str | None] = mapped_column(String(255))
    process_id: Mapped[int | None] = mapped_column(Integer)
    process_started: Mapped[str | None] = mapped_column(String(40))

    results: Mapped[list[RunResult]] = relationship(back_populates="run", order_by="RunResult.customer_name")
    lines: Mapped[list[RunLine]] = relationship(back_populates="run", order_by="RunLine.id")


class RunResult(Model):
    """How a run ended for one customer. The error is a code of webapp/texts.py with its figures."""

    __tablename__ = "run_results"
    __table_args__ = (Index("uq_run_results_run_customer", "run_id", "customer_id", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    customer_id: Mapped[str] = mapped_column(String(36), index=True)
    customer_name: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10))
    held: Mapped[int] = mapped_column(Integer, default=0)
    deferred: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    run: Mapped[Run] = relationship(back_populates="results")


class RunLine(Model):
    """What a run says of one line: figures, state and reason. With a change, ``change_id`` leads to the ledger.

    ``contract_service_id`` is None where the contract has no such line ("add line") and for a product without service.
    """

    __tablename__ = "run_lines"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("changes.id"), index=True)
    contract_id: Mapped[int | None] = mapped_column(BigInteger)
    contract_name: Mapped[str] = mapped_column(String(500), default="")
    contract_service_id: Mapped[int | None] = mapped_column(BigInteger)
    service_id: Mapped[int | None] = mapped_column(BigInteger)
    service_name: Mapped[str] = mapped_column(String(500), default="")
    customer_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    customer_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    before: Mapped[int | None] = mapped_column(Integer)
    target: Mapped[int | None] = mapped_column(Integer)
    delta: Mapped[int | None] = mapped_column(Integer)
    effective_date: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), index=True)
    code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(60))
    reason_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    run: Mapped[Run] = relationship(back_populates="lines")
    change: Mapped[Change | None] = relationship()


class Change(Model):
    """One intended quantity change of one contract service: a row of the ledger (design, section 7.2).

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
    before: Mapped[int] = mapped_column(Integer)
    target: Mapped[int] = mapped_column(Integer)
    delta: Mapped[int] = mapped_column(Integer)
    effective_date: Mapped[date]
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


class LedgerLine(Model):
    """One row for each line the ledger knows; ``version`` rises with every state change of any of its changes.

    The plan notes the version, and a change is claimed by an UPDATE on it: what was planned on older knowledge is not posted.
    """

    __tablename__ = "ledger_lines"

    contract_service_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer, default=0)
    confirmed_units: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
