"""Products (what Sophos bills) and product mappings (product to service, with its rule)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.company import Service
from webapp.models.customer import Customer
from webapp.models.types import Moment


class Product(Model):
    """A product by its stable code, with the texts of the last usage report that named it."""

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    description: Mapped[str | None] = mapped_column(String(500))
    group: Mapped[str | None] = mapped_column(String(50))
    sku: Mapped[str | None] = mapped_column(String(100))
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class ProductMapping(Model):
    """The rule of one product, for all customers (``customer_id`` None) or for one.

    A customer's row goes before the row for all, field by field where it is filled. ``minimum`` and ``pack_size`` belong to
    the service: rows of one service that disagree are refused. ``exclude`` None means "as in the row for all".
    """

    __tablename__ = "product_mappings"
    __table_args__ = (
        Index(
            "uq_product_mappings_for_all",
            "product_code",
            unique=True,
            sqlite_where=text("customer_id IS NULL"),
            postgresql_where=text("customer_id IS NULL"),
        ),
        Index("uq_product_mappings_for_customer", "product_code", "customer_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    product_code: Mapped[str] = mapped_column(ForeignKey("products.code"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("services.id"), index=True)
    quantity: Mapped[str | None] = mapped_column(String(10))
    included: Mapped[int | None] = mapped_column(Integer)
    minimum: Mapped[int | None] = mapped_column(Integer)
    pack_size: Mapped[int | None] = mapped_column(Integer)
    exclude: Mapped[bool | None]
    contract_service_id: Mapped[int | None] = mapped_column(BigInteger)
    automatic: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[str] = mapped_column(String(200))

    product: Mapped[Product] = relationship()
    service: Mapped[Service | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
