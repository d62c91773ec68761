"""The posting part of a usage run: repeats, the first change alone, the rest, and the read-back of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.clients.autotask.client import AutotaskClient
from webapp.domain import LineState, Mode, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services import ledger, posting, preferences, run_results, runs, settle
from webapp.services.budget import BudgetReached
from webapp.services.posting import Planned, Poster
from webapp.services.runs import RunCancelled
from webapp.services.usage_run import UsageRun


def post_planned(usage_run: UsageRun, autotask: AutotaskClient, planned: Mapping[int, Planned]) -> Reason | None:
    """Repeat what was not applied, post what is planned, read everything back. Gives why not all was posted, or None."""
    assert usage_run.lease is not None
    poster = Poster(
        autotask, usage_run.lease, usage_run.run_id, preferences.number("read_max_age_minutes"), alive=usage_run.alive
    )
    queue = [*settle.ready_to_repeat([contract.id for contract in usage_run.contracts]), *planned.values()]
    first, alone = not ledger.ever_confirmed(), None
    db.session.commit()
    waiting = _Waiting(usage_run, [item.change_id for item in queue])
    try:
        for item in queue:
            poster.lease = usage_run.lease
            state = poster.post(item)
            usage_run.lease = poster.lease
            waiting.done(item.change_id)
            if first and state is not None:
                alone = _after_first(usage_run, autotask, item.change_id)
                first = alone is None and not ledger.ever_confirmed()
                db.session.commit()
                if alone:
                    break
    except (RunCancelled, BudgetReached):
        db.session.rollback()
        run_results.follow_changes(poster.posted)
        db.session.commit()
        raise
    posting.read_back(autotask, poster.posted, alive=usage_run.alive)
    run_results.follow_changes([item.change_id for item in queue])
    db.session.commit()
    return alone


class _Waiting:
    """Which customers still wait for a change to be posted, for the progress that people see."""

    def __init__(self, usage_run: UsageRun, change_ids: Sequence[int]) -> None:
        self._run = usage_run
        self._contracts = {change.id: change.contract_id for change in ledger.with_ids(change_ids)}
        db.session.commit()
        self._note()

    def done(self, change_id: int) -> None:
        self._contracts.pop(change_id, None)
        self._note()

    def _note(self) -> None:
        waiting = set(self._contracts.values())
        ready = [contract for contract in self._run.contracts if contract.id not in waiting]
        done = sum(member.usage_sync for contract in ready for member in contract.members)
        runs.keep_alive(self._run.claim, calls=self._run.counter.calls, done=done)


def _after_first(usage_run: UsageRun, autotask: AutotaskClient, change_id: int) -> Reason | None:
    """The first change that an installation ever posts is proved before any other is sent."""
    posting.read_back(autotask, [change_id], alive=usage_run.alive)
    change = db.session.get(Change, change_id, populate_existing=True)
    assert change is not None
    if change.state == LineState.UNKNOWN:
        return Reason("first_change_open")
    if change.state == LineState.CONFIRMED and posting.price_moved(change_id):
        preferences.put(name="mode", value=Mode.PAUSED, by="kontor")
        figures = {"service": change.service_name, "before": change.price_before, "after": change.price_after}
        db.session.commit()
        return Reason("price_changed", figures)
    return None
