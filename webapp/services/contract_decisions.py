"""Everything that a person can settle for one contract, in one object: what the forms on its page need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.domain import Billing
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Change, Contract
from webapp.services import conflicts, contract_settings, left_out, line_choice, line_decisions, pins, preferences
from webapp.services.conflicts import Conflict
from webapp.services.left_out import Absent
from webapp.services.line_choice import Choice
from webapp.services.line_decisions import Scheduled


@dataclass(frozen=True)
class Pinned:
    """A line that the undo of run ``run_id`` holds."""

    line_id: int
    service_name: str
    run_id: int | None
    by: str | None
    at: datetime | None


@dataclass(frozen=True)
class ContractDecisions:
    """``billing`` is the contract's own way, None where it follows ``usual``, the installation's."""

    contract_id: int
    contract_name: str
    billing: Billing | None
    usual: Billing
    conflicts: list[Conflict]
    pinned: list[Pinned]
    scheduled: list[Scheduled]
    absent: list[Absent]
    choices: list[Choice]

    @property
    def open(self) -> int:
        """How many questions wait for an answer."""
        asked = [each for each in self.scheduled if each.step and not each.decision]
        missing = [each for each in self.absent if not each.left_out]
        unchosen = [each for each in self.choices if each.chosen is None]
        return len(self.conflicts) + len(asked) + len(missing) + len(unchosen)


def of(contract_id: int) -> ContractDecisions:
    """What can be settled for the contract, and how it is settled now. Raises NotFound. Reads only."""
    contract = db.session.get(Contract, contract_id) if 0 <= contract_id < 2**63 else None
    if contract is None:
        raise NotFound("contract", contract_id)
    return ContractDecisions(
        contract_id=contract.id,
        contract_name=contract.name,
        billing=contract_settings.own_billing(contract_id),
        usual=Billing(preferences.get("billing")),
        conflicts=conflicts.listed(contract_id=contract_id),
        pinned=_pinned(contract_id),
        scheduled=line_decisions.of_contract(contract_id),
        absent=left_out.of_contract(contract_id),
        choices=line_choice.of_contract(contract_id),
    )


def _pinned(contract_id: int) -> list[Pinned]:
    """A held line always has changes: the newest one says what it is called."""
    named = select(Change.contract_service_id, Change.service_name).where(Change.contract_id == contract_id).order_by(Change.id)
    names = {line_id: name for line_id, name in db.session.execute(named) if line_id is not None}
    return [
        Pinned(line.contract_service_id, names[line.contract_service_id], line.pinned_run_id, line.pinned_by, line.pinned_at)
        for line in sorted(pins.pinned_among(names).values(), key=lambda line: line.contract_service_id)
    ]
