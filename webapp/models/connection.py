"""Connections to the two systems, and the settings of the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.models.types import Moment


class Connection(Model):
    """One connected system (``sophos`` or ``autotask``). ``credentials`` is encrypted JSON; ``facts`` hold nothing secret
    (partner id; zone address, zone name and database number; the user name shortened)."""

    __tablename__ = "connections"

    system: Mapped[str] = mapped_column(String(10), primary_key=True)
    credentials: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    connected_at: Mapped[datetime] = mapped_column(Moment)
    connected_by: Mapped[str] = mapped_column(String(200))
    checked_at: Mapped[datetime] = mapped_column(Moment)


class Setting(Model):
    """A setting that differs from its default (webapp/services/preferences.py lists them all)."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(200))
