"""Signs of life of workers and schedulers, kept in the database so that every machine sees them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from webapp.context import now
from webapp.extensions import db
from webapp.models import Heartbeat

WORKER = "worker"
SCHEDULER = "scheduler"
FRESH = timedelta(minutes=2)
"""Whoever has given no sign of life for this long counts as gone. They give one at least every 50 seconds."""


def beat(*, name: str, role: str) -> None:
    """Note that the process ``name`` lives. ``role`` is WORKER or SCHEDULER."""
    db.session.merge(Heartbeat(name=name, role=role, at=now()))


def sign_off(*, name: str) -> None:
    """The process ``name`` ends as it should; it is no longer expected to live."""
    db.session.execute(delete(Heartbeat).where(Heartbeat.name == name))


def last(*, role: str) -> datetime | None:
    """When a process of this role last gave a sign of life, in UTC; None if none is known."""
    return db.session.scalar(select(func.max(Heartbeat.at)).where(Heartbeat.role == role))


def is_alive(*, role: str) -> bool:
    """Whether some process of this role is alive."""
    at = last(role=role)
    return at is not None and now() - at < FRESH


def forget_the_dead() -> None:
    """Remove the signs of life of processes that have been gone for a day."""
    db.session.execute(delete(Heartbeat).where(Heartbeat.at < now() - timedelta(days=1)))
