"""Adds a missing line to a contract, after a person's approval (design, section 6, rule 4, and 7.2 "Guard").

The lines of the contract are read before (somebody may have added it meanwhile) and after, because neither Autotask nor its
answer keeps a service from standing on a contract twice. A process that dies anywhere in here leaves a row from which the next
one goes on: it adds no second line, and the quantity is posted once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.clients.autotask.client import AutotaskClient
from webapp.context import context, now
from webapp.domain import Lease, LineState, PostOutcome, PostResult
from webapp.extensions import db
from webapp.models import Change
from webapp.services import ledger_new_lines, mirror
from webapp.services.unit_rows import row_in_force

BUSY_TRIES = 4


@dataclass(frozen=True)
class Ready:
    """A new line whose quantity may be posted now: its version in the ledger, its price, and when its units were read."""

    version: int
    price: float | None
    read_at: datetime


@dataclass
class LineMaker:
    """Adds lines under a posting lease. ``renewed`` renews it, and whatever else must live, directly before a POST; ``posted``
    collects the changes that were sent."""

    autotask: AutotaskClient
    run_id: int
    renewed: Callable[[], Lease]
    sleep: Callable[[float], None]
    posted: list[int]

    def make(self, change_id: int) -> Ready | None:
        """See to it that the line is there; None where the change ended with that or its outcome is open. Commits."""
        contract_id, service_id = _contract_and_service(change_id)
        lines, added = _lines(self.autotask, [contract_id]).get((contract_id, service_id), []), False
        if not lines:
            if not self._add(change_id, contract_id=contract_id, service_id=service_id):
                return None
            lines, added = _lines(self.autotask, [contract_id]).get((contract_id, service_id), []), True
        if len(lines) > 1:
            ledger_new_lines.line_exists(change_id)
        if len(lines) != 1 or not ledger_new_lines.take_line(change_id, lines[0]):
            return None
        return self._with_units(change_id, lines[0], added=added)

    def _add(self, change_id: int, *, contract_id: int, service_id: int) -> bool:
        """Whether Autotask accepted the line."""
        for attempt in range(BUSY_TRIES):
            lease = self.renewed()
            change = ledger_new_lines.claim(change_id, lease=lease, run_id=self.run_id)
            if change is None:
                return False
            assert change.post_deadline_at is not None
            until = change.post_deadline_at
            db.session.commit()
            outcome = self._send(contract_id, service_id, until=until)
            self.posted.append(change_id)
            state = ledger_new_lines.record_outcome(change_id, fence=lease.fence, outcome=outcome)
            if outcome.result is not PostResult.BUSY:
                return outcome.result is PostResult.ACCEPTED and state is not None
            self.sleep(2.0**attempt)
        return False

    def _send(self, contract_id: int, service_id: int, *, until: datetime) -> PostOutcome:
        time = context().clock.now  # the database must not be asked while a call is under way
        outcome = self.autotask.add_line(contract_id=contract_id, service_id=service_id, timely=lambda: time() <= until)
        if self.autotask.zone_moved_since(outcome) and outcome.result is PostResult.REJECTED:
            # the address it went to no longer serves this database: nothing was done, and the next try goes to the new one
            return replace(outcome, result=PostResult.BUSY)
        return outcome

    def _with_units(self, change_id: int, line_id: int, *, added: bool) -> Ready | None:
        day = db.session.get_one(Change, change_id, populate_existing=True).effective_date
        db.session.commit()
        read_at = now()
        rows = [row for page in self.autotask.units_in_force([line_id], on=day) for row in page]
        row = row_in_force([row for row in rows if row.contract_service_id == line_id], day)
        version = ledger_new_lines.take_units(change_id, row, added=added)
        return Ready(version, row.price if row else None, read_at) if version is not None else None


def read_back(autotask: AutotaskClient, changes: Sequence[Change], *, alive: Callable[[], None]) -> None:
    """Read the lines of the contracts of these changes, in bulk, and note what that proves. ``changes`` have no line yet and
    are unsettled or wait to be repeated. Commits."""
    seen = [(change.id, change.contract_id, change.service_id, LineState(change.state), change.attempts) for change in changes]
    db.session.commit()
    if not seen:
        return
    lines = _lines(autotask, {contract_id for _, contract_id, *_ in seen})
    alive()
    for change_id, contract_id, service_id, state, attempts in seen:
        exists = bool(lines.get((contract_id, service_id)))
        ledger_new_lines.settle(change_id, seen=state, attempts=attempts, exists=exists)


def _contract_and_service(change_id: int) -> tuple[int, int]:
    change = db.session.get_one(Change, change_id, populate_existing=True)
    found = change.contract_id, change.service_id
    db.session.commit()
    return found


def _lines(autotask: AutotaskClient, contract_ids: Iterable[int]) -> dict[tuple[int, int], list[int]]:
    """The ids of the lines of these contracts by contract and service. What was read goes into the mirror. Commits."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for page in autotask.contract_services(sorted(contract_ids)):
        for line in page:
            found[line.contract_id, line.service_id].append(line.id)
        mirror.contract_services(page, now())
        db.session.commit()
    return found
