"""Schedules, leases, throttle slots and paces: who may do what when, decided by the database alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.models.types import Moment


class Schedule(Model):
    """Something that is due again and again; claimed by a conditional UPDATE on ``next_run_at``."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(Moment)
    last_run_at: Mapped[datetime | None] = mapped_column(Moment)
    enabled: Mapped[bool] = mapped_column(default=True)


class LeaseRow(Model):
    """A named lease, such as ``posting``. ``fence`` rises with every new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(100))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    host: Mapped[str | None] = mapped_column(String(255))
    process_id: Mapped[int | None] = mapped_column(Integer)
    process_started: Mapped[str | None] = mapped_column(String(40))


class ThrottleSlot(Model):
    """One of the numbered slots of an Autotask endpoint: at most that many calls at once over all processes."""

    __tablename__ = "throttle_slots"

    endpoint: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(100))
    expires_at: Mapped[datetime | None] = mapped_column(Moment)


class CallPace(Model):
    """How many calls of one kind all processes made lately (webapp/services/pace.py). ``counts`` maps the number of a stretch of
    ten seconds to its calls; ``version`` rises with every change."""

    __tablename__ = "call_paces"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=0)


class Heartbeat(Model):
    """The last sign of life of a worker or scheduler process."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
