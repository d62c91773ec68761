"""What a refresh finds worth a person's look, from the mirror as it now is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from webapp import models
from webapp.extensions import db
from webapp.models import Contract, Customer, Product, ProductMapping, Usage
from webapp.services import findings
from webapp.services.findings import Raised
from webapp.services.mirror import BillingChange

SOURCE = "refresh"
ENDS_WITHIN = timedelta(days=30)
FOLLOWS_WITHIN = timedelta(days=7)
IN_EFFECT = 1  # contract status (design, section 3, 4)
_REMEMBER = timedelta(days=30)  # how long a changed billing type stays a finding where no usage sync depends on it

Mappings = Mapping[str, models.Mapping]


def collect(*, today: date, moment: datetime, changed: Sequence[BillingChange]) -> list[Raised]:
    """Every finding that holds now. ``changed`` are the billing types that this refresh saw change."""
    wanted = select(models.Mapping).options(
        joinedload(models.Mapping.customer), joinedload(models.Mapping.company), joinedload(models.Mapping.contract)
    )
    mappings = {row.customer_id: row for row in db.session.scalars(wanted.order_by(models.Mapping.customer_id))}
    contracts = _contracts_by_company()
    raised: list[Raised] = []
    for mapping in mappings.values():
        raised += _of_customer(mapping)
        raised += _of_company(mapping)
        raised += _of_contract(mapping, contracts, today)
    raised += _billing_types(mappings, changed, moment)
    return raised + list(_products())


def _of_customer(mapping: models.Mapping) -> Iterator[Raised]:
    customer = mapping.customer
    params = {"customer": customer.shown_name}
    subject = f"customer:{customer.id}"
    mapped = mapping.company_id is not None
    if customer.gone_at is not None:
        if mapped:
            yield Raised("customer_gone", "bad" if mapping.usage_sync else "warn", subject, customer.id, params)
        return
    if customer.missing_refreshes:
        yield Raised("customer_missing", "warn", subject, customer.id, params)
    if not mapped:
        yield Raised("customer_unmapped", "warn" if customer.billing_type == "usage" else "info", subject, customer.id, params)


def _of_company(mapping: models.Mapping) -> Iterator[Raised]:
    company = mapping.company
    if company is not None and (company.missing_since is not None or not company.is_active):
        yield Raised("company_gone", "bad", f"company:{company.id}", mapping.customer_id, {"company": company.name})


def _of_contract(mapping: models.Mapping, contracts: Mapping[int, list[Contract]], today: date) -> Iterator[Raised]:
    contract = mapping.contract
    if contract is None:
        return
    subject, params = f"contract:{contract.id}", {"contract": contract.name}
    if contract.missing_since is not None:
        yield Raised("contract_not_mapped", "bad", subject, mapping.customer_id, params)
        return
    follower = successor(contract, contracts.get(contract.company_id, []))
    if contract.end_date is not None:
        params["date"] = contract.end_date.isoformat()
    if follower is not None:
        params |= {"successor": follower.name, "successor_id": str(follower.id)}
    if contract.status != IN_EFFECT:
        yield Raised("contract_inactive", "bad", subject, mapping.customer_id, params)
    elif contract.end_date is not None and contract.end_date < today:
        yield Raised("contract_ended", "bad", subject, mapping.customer_id, params)
    elif contract.end_date is not None and contract.end_date <= today + ENDS_WITHIN:
        code = "contract_ends_successor" if follower is not None else "contract_ends"
        yield Raised(code, "warn", subject, mapping.customer_id, params)


def successor(contract: Contract, others: Sequence[Contract]) -> Contract | None:
    """The contract that follows: named by renewedContractID in either direction, else the only one of the company with the
    same period type that starts within seven days of the end. Two that fit are not chosen between."""
    later = [other for other in others if other.id != contract.id and other.status == IN_EFFECT and _is_later(contract, other)]
    renewals = [o for o in later if o.renewed_contract_id == contract.id or contract.renewed_contract_id == o.id]
    if renewals:
        return renewals[0] if len(renewals) == 1 else None
    end = contract.end_date
    if end is None:
        return None
    near = [
        other
        for other in later
        if other.start_date is not None
        and other.period_type == contract.period_type
        and abs(other.start_date - end) <= FOLLOWS_WITHIN
    ]
    return near[0] if len(near) == 1 else None


def _is_later(contract: Contract, other: Contract) -> bool:
    """The older contract of a renewal names the newer one or the other way round; only dates tell which is which."""
    if contract.start_date is None or other.start_date is None:
        return True
    return other.start_date > contract.start_date


def _contracts_by_company() -> dict[int, list[Contract]]:
    rows: dict[int, list[Contract]] = defaultdict(list)
    companies = select(models.Mapping.company_id).where(models.Mapping.contract_id.is_not(None))
    present = select(Contract).where(Contract.missing_since.is_(None), Contract.company_id.in_(companies))
    for row in db.session.scalars(present.order_by(Contract.id)):
        rows[row.company_id].append(row)
    return rows


def _billing_types(mappings: Mappings, changed: Sequence[BillingChange], moment: datetime) -> list[Raised]:
    """Changes seen now, and earlier ones as long as they matter: usage sync is on for a customer that is not billed by
    usage any more, or the change is young; a change back ends it."""
    kept: dict[str, Raised] = {}
    for finding in findings.still_open(source=SOURCE, code="billing_type_changed"):
        mapping = mappings.get(finding.customer_id or "")
        if mapping is None or mapping.customer.billing_type != finding.params.get("after"):
            continue
        if (mapping.usage_sync and mapping.customer.billing_type != "usage") or moment - finding.first_seen_at < _REMEMBER:
            kept[mapping.customer_id] = _billing_type(mapping.customer, finding.params["before"])
    for change in changed:
        mapping = mappings.get(change.customer_id)
        if mapping is not None and mapping.company_id is not None:
            kept[change.customer_id] = _billing_type(mapping.customer, change.before)
    return list(kept.values())


def _billing_type(customer: Customer, before: str) -> Raised:
    params = {"customer": customer.shown_name, "before": before, "after": customer.billing_type}
    return Raised("billing_type_changed", "warn", f"customer:{customer.id}", customer.id, params)


def _products() -> Iterator[Raised]:
    """Products that customers with usage sync use in the newest month that was read, and that no product mapping covers."""
    month = db.session.scalar(select(func.max(Usage.month)))
    if month is None:
        return
    covered = select(ProductMapping.product_code).where(
        or_(ProductMapping.service_id.is_not(None), and_(ProductMapping.customer_id.is_(None), ProductMapping.exclude.is_(True)))
    )
    used = (
        select(Product.code, Product.description, func.sum(Usage.billable))
        .join(Usage, Usage.product_code == Product.code)
        .join(models.Mapping, models.Mapping.customer_id == Usage.customer_id)
        .where(Usage.month == month, models.Mapping.usage_sync, Product.code.not_in(covered))
        .group_by(Product.code, Product.description)
        .order_by(Product.code)
    )
    for code, description, quantity in db.session.execute(used):
        if quantity and quantity > 0:
            params = {"product": description or code, "quantity": int(quantity)}
            yield Raised("product_without_service", "warn", f"product:{code}", None, params)
