"""Customers: the mirror of the tenants in Sophos Central Partner, and their mapping to Autotask."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.types import Moment

if TYPE_CHECKING:
    from webapp.models.company import Company, Contract


class Customer(Model):
    """A tenant as the last refresh found it. Nothing is deleted: ``missing_refreshes`` counts complete refreshes without
    it, and ``gone_at`` is set once it is also refused by id (404)."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(500))
    show_as: Mapped[str | None] = mapped_column(String(500))
    name_folded: Mapped[str] = mapped_column(String(1100), index=True)
    data_geography: Mapped[str] = mapped_column(String(20), default="")
    data_region: Mapped[str] = mapped_column(String(20), default="")
    billing_type: Mapped[str] = mapped_column(String(20), index=True)
    status: Mapped[str | None] = mapped_column(String(40))
    api_host: Mapped[str | None] = mapped_column(String(255))
    email_domain: Mapped[str | None] = mapped_column(String(255))
    account_status: Mapped[str | None] = mapped_column(String(40))
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    missing_refreshes: Mapped[int] = mapped_column(Integer, default=0)
    gone_at: Mapped[datetime | None] = mapped_column(Moment)

    mapping: Mapped[Mapping] = relationship(back_populates="customer", uselist=False, cascade="all, delete-orphan")

    @property
    def shown_name(self) -> str:
        """The name people see: Sophos' display name where there is one."""
        return self.show_as or self.name


class Mapping(Model):
    """Customer to company and contract, and the two switches. Made with the customer; empty until a person fills it.

    ``left_out_contract_id``: a person decided to leave this customer out of the sum of that contract, while it is paused or
    gone; the decision is void on any other contract.
    """

    __tablename__ = "mappings"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    company_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("companies.id"), index=True)
    contract_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("contracts.id"), index=True)
    usage_sync: Mapped[bool] = mapped_column(default=False, index=True)
    ticket_sync: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_by: Mapped[str | None] = mapped_column(String(200))
    left_out_contract_id: Mapped[int | None] = mapped_column(BigInteger)
    left_out_at: Mapped[datetime | None] = mapped_column(Moment)
    left_out_by: Mapped[str | None] = mapped_column(String(200))
    left_out_reason: Mapped[str | None] = mapped_column(String(2000))
    # the last finished usage run of this customer, kept here so that the customers page can filter and sort by it
    status_run_id: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str | None] = mapped_column(String(20), index=True)
    status_at: Mapped[datetime | None] = mapped_column(Moment)
    status_code: Mapped[str | None] = mapped_column(String(60))

    customer: Mapped[Customer] = relationship(back_populates="mapping")
    company: Mapped[Company | None] = relationship()
    contract: Mapped[Contract | None] = relationship()
