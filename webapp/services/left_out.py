"""Leaving a customer out of the sum of its contract, while it is paused or gone (design, section 7.2 "What is planned").

The decision is about one contract. It is void when the customer's usage sync is switched on again or its mapping moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from webapp.context import now
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Customer, Mapping
from webapp.services import audit

LONGEST = 500


@dataclass(frozen=True)
class Absent:
    """A customer on the contract whose figures are missing from its sum. ``gone``: Sophos does not list it; else it is paused."""

    customer_id: str
    name: str
    gone: bool
    left_out: bool
    by: str | None
    at: datetime | None
    reason: str | None


def of_contract(contract_id: int) -> list[Absent]:
    """The customers of a contract that are paused or gone, by name. Reads only."""
    rows = (
        select(Mapping)
        .join(Mapping.customer)
        .where(Mapping.contract_id == contract_id)
        .options(contains_eager(Mapping.customer))
        .order_by(Customer.name_folded, Customer.id)
    )
    return [_absent(mapping) for mapping in db.session.scalars(rows) if _is_absent(mapping)]


def _is_absent(mapping: Mapping) -> bool:
    return not mapping.usage_sync or _is_gone(mapping)


def _is_gone(mapping: Mapping) -> bool:
    return mapping.customer.gone_at is not None or mapping.customer.missing_refreshes > 0


def _absent(mapping: Mapping) -> Absent:
    return Absent(
        customer_id=mapping.customer_id,
        name=mapping.customer.shown_name,
        gone=_is_gone(mapping),
        left_out=mapping.left_out_contract_id == mapping.contract_id,
        by=mapping.left_out_by,
        at=mapping.left_out_at,
        reason=mapping.left_out_reason,
    )


def leave_out(*, contract_id: int, customer_id: str, reason: str, by: str) -> None:
    """Plan the contract without this customer from now on. The caller commits.

    Raises Refused: not_on_contract, not_left_out, left_out_reason.
    """
    mapping, why = _mapping(contract_id, customer_id), " ".join(reason.split())
    if not _is_absent(mapping):
        raise Refused("not_left_out", "customer", customer=mapping.customer.shown_name)
    if not why or len(why) > LONGEST:
        raise Refused("left_out_reason", "reason", most=LONGEST)
    before = _values(mapping)
    mapping.left_out_contract_id, mapping.left_out_reason = contract_id, why
    mapping.left_out_by, mapping.left_out_at = by, now()
    _record(mapping, before, by)


def take_in(*, contract_id: int, customer_id: str, by: str) -> None:
    """Count the customer in again. The caller commits. Raises Refused(not_on_contract)."""
    mapping = _mapping(contract_id, customer_id)
    before = _values(mapping)
    if void(mapping):
        _record(mapping, before, by)


def void(mapping: Mapping) -> bool:
    """Forget the decision; says whether there was one. The caller writes the audit row and flushes."""
    had = mapping.left_out_contract_id is not None
    mapping.left_out_contract_id = mapping.left_out_at = mapping.left_out_by = mapping.left_out_reason = None
    return had


def _mapping(contract_id: int, customer_id: str) -> Mapping:
    found = db.session.scalar(select(Mapping).where(Mapping.customer_id == customer_id).with_for_update())
    if found is None or found.contract_id != contract_id:
        customer = db.session.get(Customer, customer_id)
        raise Refused("not_on_contract", "customer", customer=customer.shown_name if customer else customer_id)
    return found


def _values(mapping: Mapping) -> dict[str, object]:
    return {"contract": mapping.left_out_contract_id, "reason": mapping.left_out_reason}


def _record(mapping: Mapping, before: dict[str, object], by: str) -> None:
    audit.record(by=by, action="left_out", subject=f"customer:{mapping.customer_id}", before=before, after=_values(mapping))
    db.session.flush()
