"""Runs, their results per customer and their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.ledger import Change
from webapp.models.types import Moment


class Run(Model):
    """One execution of a refresh, a usage sync or a ticket sync.

    ``scope`` lists the customer ids asked for, None for all. ``change_ids`` are the held changes that the run was asked to post
    (an approval); ``undo_of`` is the run whose changes this one proposes to take back; ``first_for`` is the run that makes this
    one, a refresh or a close, before its own work. ``purpose`` is ``test`` for a ticket run that only makes and completes a test
    ticket. ``fence`` rises with every claim; whoever holds an older one writes nothing.
    ``host``, ``process_id`` and ``process_started`` tell a dead process on the same machine from a slow one.
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
    change_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    undo_of: Mapped[int | None] = mapped_column(Integer, index=True)
    first_for: Mapped[int | None] = mapped_column(Integer, index=True)
    purpose: Mapped[str | None] = mapped_column(String(20))
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
    ``price`` is that of the unit row on the date of the plan; ``period_start`` and ``period_end`` are the billing period that
    holds ``effective_date``. ``waits_until``: the line is planned, and this is the first day on which it may be posted.
    ``decided``: this run decided the line for its month, both ways.
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
    price: Mapped[float | None]
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    waits_until: Mapped[date | None]
    decided: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(20), index=True)
    code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(60))
    reason_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    run: Mapped[Run] = relationship(back_populates="lines")
    change: Mapped[Change | None] = relationship()
