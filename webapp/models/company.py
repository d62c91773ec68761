"""Companies, contracts, services and contract services: the mirror of Autotask as the last refresh found it.

Ids are Autotask's. Nothing is deleted: ``missing_since`` says when a complete refresh first came without the row.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.types import Moment


class Company(Model):
    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(500))
    name_folded: Mapped[str] = mapped_column(String(1100), index=True)
    number: Mapped[str | None] = mapped_column(String(50))
    company_type: Mapped[int | None] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(default=True)
    city: Mapped[str | None] = mapped_column(String(100))
    web_address: Mapped[str | None] = mapped_column(String(255))
    missing_since: Mapped[datetime | None] = mapped_column(Moment)


class Contract(Model):
    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    company_id: Mapped[int] = mapped_column(BigInteger, index=True)
    name: Mapped[str] = mapped_column(String(500))
    number: Mapped[str | None] = mapped_column(String(50))
    contract_type: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    period_type: Mapped[int | None] = mapped_column(Integer)
    renewed_contract_id: Mapped[int | None] = mapped_column(BigInteger)
    missing_since: Mapped[datetime | None] = mapped_column(Moment)


class Service(Model):
    __tablename__ = "services"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(500))
    name_folded: Mapped[str] = mapped_column(String(1100), index=True)
    sku: Mapped[str | None] = mapped_column(String(255))
    external_id: Mapped[str | None] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(String(2000))
    period_type: Mapped[int | None] = mapped_column(Integer)
    unit_price: Mapped[float | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    missing_since: Mapped[datetime | None] = mapped_column(Moment)


class ContractService(Model):
    __tablename__ = "contract_services"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    contract_id: Mapped[int] = mapped_column(BigInteger, index=True)
    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id"), index=True)
    missing_since: Mapped[datetime | None] = mapped_column(Moment)

    service: Mapped[Service] = relationship()
