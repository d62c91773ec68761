"""Mapping customers to companies and contracts, and the two switches. Every change is by id and leaves an audit row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from sqlalchemy import select

from webapp.context import now
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Company, Contract, Customer, Mapping
from webapp.services import audit, companies, findings, left_out, ticket_watches

AVAILABLE_BILLING_TYPE = "usage"


@dataclass(frozen=True)
class Wanted:
    """What a mapping is or shall be."""

    company_id: int | None
    contract_id: int | None
    usage_sync: bool
    ticket_sync: bool

    @classmethod
    def of(cls, mapping: Mapping) -> Wanted:
        return cls(mapping.company_id, mapping.contract_id, mapping.usage_sync, mapping.ticket_sync)

    def with_company(self, company_id: int | None) -> Wanted:
        """Another company has other contracts, so the contract goes and usage sync with it; without one nothing stays on."""
        if company_id == self.company_id:
            return self
        return Wanted(company_id, None, False, self.ticket_sync and company_id is not None)

    def with_contract(self, contract_id: int | None) -> Wanted:
        return replace(self, contract_id=contract_id, usage_sync=self.usage_sync and contract_id is not None)


def availability(billing_type: str, *, gone: bool) -> str | None:
    """Why usage sync is not available, as a code of the catalogue; None where it is (design, section 3)."""
    if gone:
        return "usage_sync_gone"
    if billing_type == AVAILABLE_BILLING_TYPE:
        return None
    return f"usage_sync_{billing_type}" if billing_type in ("term", "trial") else "usage_sync_other"


def set_company(*, customer_id: str, name: str, company_id: int | None = None, by: str) -> Mapping:
    """Map the customer to the one active company that ``name`` fits, or to ``company_id`` where one was chosen.

    An empty name without an id unmaps. Raises NotFound for the customer; Refused for a name that fits none or several, with
    the near companies as ``near``, and for an id that is unknown or no longer active. Then nothing is changed.
    """
    mapping = _mapping(customer_id)
    wanted = Wanted.of(mapping).with_company(_chosen_company(mapping, name.strip(), company_id))
    keep(mapping=mapping, wanted=wanted, by=by)
    return mapping


def _chosen_company(mapping: Mapping, name: str, company_id: int | None) -> int | None:
    if company_id is not None:
        return check_company(db.session.get(Company, company_id), company_id, current=mapping.company_id).id
    if not name:
        return None
    if mapping.company and name == mapping.company.name:
        return mapping.company_id
    fits = companies.fitting(name)
    if len(fits) == 1:
        return fits[0].id
    if fits:
        raise Refused("company_ambiguous", "company", name=name, count=len(fits), near=companies.as_params(fits[:8]))
    raise Refused("company_unknown", "company", name=name, near=companies.as_params(companies.suggestions(name)))


def set_contract(*, customer_id: str, contract_id: int | None, by: str) -> Mapping:
    """Give the customer a contract of its company, or none (usage sync then goes off).

    Raises NotFound for the customer; Refused for a contract that is unknown, of another company, not recurring, or cancelled.
    """
    mapping = _mapping(customer_id)
    if contract_id is not None and contract_id != mapping.contract_id:
        if mapping.company_id is None:
            raise Refused("company_missing", "contract")
        check_contract(db.session.get(Contract, contract_id), contract_id, mapping.company_id)
    keep(mapping=mapping, wanted=Wanted.of(mapping).with_contract(contract_id), by=by)
    return mapping


def set_usage_sync(*, customer_id: str, enabled: bool, by: str) -> Mapping:
    """Switch usage sync; twice is as once. Refused with the reason where it is not available or something is missing."""
    mapping = _mapping(customer_id)
    if enabled and not mapping.usage_sync:
        check_usage_sync(mapping.customer, mapping.company, mapping.contract)
    keep(mapping=mapping, wanted=replace(Wanted.of(mapping), usage_sync=enabled), by=by)
    return mapping


def set_ticket_sync(*, customer_id: str, enabled: bool, by: str) -> Mapping:
    """Switch ticket sync; twice is as once. It needs the company only; Refused without."""
    mapping = _mapping(customer_id)
    if enabled and not mapping.ticket_sync:
        check_ticket_sync(mapping.company)
    keep(mapping=mapping, wanted=replace(Wanted.of(mapping), ticket_sync=enabled), by=by)
    return mapping


# --- the rules, shared with bulk edits and imports ------------------------------------------------------------------------


def check_company(company: Company | None, company_id: int, *, current: int | None = None) -> Company:
    """The company where it is active; one that is mapped already may stay. Refused else."""
    if company is None:
        raise Refused("company_id_unknown", "company", company=str(company_id))
    if company_id != current and not companies.is_active(company):
        raise Refused("company_gone", "company", company=company.name)
    return company


def check_contract(contract: Contract | None, contract_id: int, company_id: int) -> Contract:
    """The contract where a customer of this company may have it; Refused else."""
    if contract is None:
        raise Refused("contract_unknown", "contract", contract=str(contract_id))
    if contract.company_id != company_id:
        raise Refused("contract_of_another_company", "contract", contract=contract.name)
    if contract.contract_type != companies.RECURRING:
        raise Refused("contract_not_recurring", "contract", contract=contract.name)
    if not companies.is_in_effect(contract):
        raise Refused("contract_inactive", "contract", contract=contract.name)
    return contract


def check_usage_sync(customer: Customer, company: Company | None, contract: Contract | None) -> None:
    """Refused where usage sync cannot be switched on for this customer."""
    unavailable = availability(customer.billing_type, gone=customer.gone_at is not None)
    if unavailable:
        raise Refused(unavailable, "usage_sync", billing_type=customer.billing_type)
    if company is None:
        raise Refused("company_missing", "usage_sync")
    if not companies.is_active(company):
        raise Refused("company_gone", "usage_sync", company=company.name)
    if contract is None:
        raise Refused("contract_missing", "usage_sync")
    if not companies.is_in_effect(contract):
        raise Refused("contract_inactive", "usage_sync", contract=contract.name)


def check_ticket_sync(company: Company | None) -> None:
    """Refused where ticket sync cannot be switched on."""
    if company is None:
        raise Refused("company_missing", "ticket_sync")


def keep(*, mapping: Mapping, wanted: Wanted, by: str) -> bool:
    """Write what is wanted and the audit row; says whether anything changed. The rules were checked before."""
    before = Wanted.of(mapping)
    if wanted == before:
        return False
    for name, value in asdict(wanted).items():
        setattr(mapping, name, value)
    mapping.changed_at = now()
    mapping.changed_by = by
    if wanted.ticket_sync != before.ticket_sync:
        ticket_watches.switched(mapping, on=wanted.ticket_sync)
    old, new = asdict(before), asdict(wanted)
    moved = wanted.contract_id != before.contract_id or (wanted.usage_sync and not before.usage_sync)
    if moved and mapping.left_out_contract_id is not None:
        old["left_out_of"], new["left_out_of"] = mapping.left_out_contract_id, None
        left_out.void(mapping)
    changed = [name for name in old if old[name] != new[name]]
    audit.record(
        by=by,
        action="mapping",
        subject=f"customer:{mapping.customer_id}",
        before={name: old[name] for name in changed},
        after={name: new[name] for name in changed},
    )
    if wanted.company_id is not None:
        findings.clear(code="customer_unmapped", subject=f"customer:{mapping.customer_id}")
    db.session.flush()
    db.session.expire(mapping, ["company", "contract"])
    return True


def _mapping(customer_id: str) -> Mapping:
    """The customer's mapping, locked until the transaction ends."""
    found = db.session.scalar(select(Mapping).where(Mapping.customer_id == customer_id).with_for_update())
    if found is None:
        raise NotFound("customer", customer_id)
    return found
