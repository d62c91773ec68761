"""What a person settled for one contract: its own billing way, in place of the installation's."""

from __future__ import annotations

from webapp.context import now
from webapp.domain import Billing
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Contract, ContractSetting
from webapp.services import audit


def own_billing(contract_id: int) -> Billing | None:
    """The contract's own billing way; None: the installation's. Reads only."""
    found = db.session.get(ContractSetting, contract_id)
    return Billing(found.billing) if found and found.billing else None


def set_billing(*, contract_id: int, billing: str | None, by: str) -> bool:
    """Give the contract a billing way of its own, or None to follow the installation; says whether anything changed.

    The caller commits. Raises Refused: contract_id_unknown, choice_invalid.
    """
    if db.session.get(Contract, contract_id) is None:
        raise Refused("contract_id_unknown", "contract", contract=str(contract_id))
    if billing is not None and billing not in list(Billing):
        raise Refused("choice_invalid", "billing", value=billing, allowed=", ".join(Billing))
    row = db.session.get(ContractSetting, contract_id, with_for_update=True)
    before = row.billing if row else None
    if before == billing:
        return False
    if row is None:
        row = ContractSetting(contract_id=contract_id)
        db.session.add(row)
    row.billing, row.changed_at, row.changed_by = billing, now(), by
    audit.record(
        by=by,
        action="contract_setting",
        subject=f"contract:{contract_id}",
        before={"billing": before},
        after={"billing": billing},
    )
    db.session.flush()
    return True
