"""Settles changes whose outcome is open: by the next run, and by housekeeping while no run is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from webapp.clients.autotask.client import AutotaskClient
from webapp.clients.errors import ApiError
from webapp.clients.http import Counter
from webapp.domain import Reason
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import connections, first_change, ledger, posting, run_results

log = structlog.get_logger()


@dataclass(frozen=True)
class Settled:
    """How many changes were looked at, and why posting is paused now, if the first change ever took its price along."""

    looked_at: int = 0
    price_moved: Reason | None = None


def open_changes(autotask: AutotaskClient, *, alive: Callable[[], None], due_only: bool) -> Settled:
    """Read the units of open changes and note what they prove; the runs they belong to are brought up to date. Commits.

    ``due_only``: only those that it is time to look at again. Never posts.
    """
    ids = [change.id for change in (*ledger.to_settle(due_only=due_only), *ledger.to_repeat())]
    first = not first_change.is_proved()
    db.session.commit()
    if not ids:
        return Settled()
    posting.read_back(autotask, ids, alive=alive)
    for run_id in run_results.follow_changes(ids):
        run_results.refresh_result(run_id)
    price_moved = first_change.pause_where_price_moved(ids) if first else None
    db.session.commit()
    return Settled(len(ids), price_moved)


def anything_due() -> bool:
    """Whether a read-back is due. Reads only."""
    return bool(ledger.to_settle(due_only=True))


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
        return open_changes(connections.open_autotask(counter), alive=db.session.commit, due_only=True).looked_at
    except (ApiError, Refused) as error:
        db.session.rollback()
        log.warning("settle.postponed", code=error.code)
        return 0
