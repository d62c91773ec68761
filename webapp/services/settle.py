"""Settles changes whose outcome is open: by the next run, and by housekeeping while no run is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.errors import ApiError
from webapp.clients.http import Counter
from webapp.context import now
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Change
from webapp.services import connections, ledger, posting, run_results
from webapp.services.posting import Planned

log = structlog.get_logger()


def open_changes(autotask: AutotaskClient, *, alive: Callable[[], None], due_only: bool) -> int:
    """Read the units of open changes and note what they prove; the runs they belong to are brought up to date. Commits.

    ``due_only``: only those that it is time to look at again. Gives how many were looked at. Never posts.
    """
    ids = [change.id for change in (*ledger.to_settle(due_only=due_only), *ledger.to_repeat())]
    db.session.commit()
    if not ids:
        return 0
    posting.read_back(autotask, ids, alive=alive)
    for run_id in run_results.follow_changes(ids):
        run_results.refresh_result(run_id)
    db.session.commit()
    return len(ids)


def anything_due() -> bool:
    """Whether a read-back is due. Reads only."""
    return bool(ledger.to_settle(due_only=True))


def ready_to_repeat(contract_ids: Sequence[int]) -> list[Planned]:
    """The changes on these contracts that were not applied, to be posted again in their own row with their own date.

    Their units were read a moment ago by ``open_changes``. Reads only.
    """
    wanted = set(contract_ids)
    return [_planned(change) for change in ledger.to_repeat() if change.contract_id in wanted]


def _planned(change: Change) -> Planned:
    assert change.contract_service_id is not None
    return Planned(change.id, ledger.version(change.contract_service_id), change.price_before, now())


def settle_due() -> int:
    """What housekeeping does between runs: read back the changes that it is time to look at. Commits; gives how many.

    Nothing is sent where nothing is due. What cannot be read now is read by the next round.
    """
    if not anything_due():
        db.session.commit()
        return 0
    db.session.commit()
    counter = Counter()
    try:
        return open_changes(connections.open_autotask(counter), alive=db.session.commit, due_only=True)
    except (ApiError, Refused) as error:
        db.session.rollback()
        log.warning("settle.postponed", code=error.code)
        return 0
