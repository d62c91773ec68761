"""Usage: what Sophos reported for a month, kept as history. Each complete reading replaces the figures of its month."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Model
from webapp.models.types import Moment


class UsageReading(Model):
    """One complete reading of a month for the whole partner: how many items came, when, in which run."""

    __tablename__ = "usage_readings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[str] = mapped_column(String(7), index=True)
    run_id: Mapped[int | None] = mapped_column(Integer)
    read_at: Mapped[datetime] = mapped_column(Moment)
    items: Mapped[int] = mapped_column(Integer)


class Usage(Model):
    """The sums over order lines for a month, customer and product. ``customer_id`` None: a line without a known customer.

    A figure is None where an order line held none that could be read. ``account_id`` is what Sophos sent.
    """

    __tablename__ = "usage"
    __table_args__ = (Index("ix_usage_month_customer", "month", "customer_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    customer_id: Mapped[str | None] = mapped_column(String(36))
    account_id: Mapped[str | None] = mapped_column(String(100))
    account_name: Mapped[str | None] = mapped_column(String(500))
    account_status: Mapped[str] = mapped_column(String(40), default="")
    product_code: Mapped[str] = mapped_column(String(100), index=True)
    order_lines: Mapped[int] = mapped_column(Integer)
    billable: Mapped[int | None] = mapped_column(Integer)
    actual: Mapped[int | None] = mapped_column(Integer)
    ordered: Mapped[int | None] = mapped_column(Integer)
    read_at: Mapped[datetime] = mapped_column(Moment)
