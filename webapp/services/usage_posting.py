"""The posting part of a usage run: one change after the other, the first of an installation alone, and the read-back of all."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.clients.autotask.client import AutotaskClient
from webapp.domain import LineState, Mode, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services import first_change, ledger, posting, preferences, run_results, runs
from webapp.services.posting import Planned, Poster
from webapp.services.usage_run import UsageRun

_SHUT_OUT = ("credentials_refused", "integration_code_invalid")
_WHY_NOT_POSTED = {Mode.PAUSED: "paused", Mode.OBSERVE: "observe", Mode.APPROVE: "hold_mode"}


def post_queue(usage_run: UsageRun, autotask: AutotaskClient, queue: list[Planned]) -> Reason | None:
    """Post what is in the queue, read everything back. Gives why not all was posted, or None."""
    assert usage_run.lease is not None
    poster = Poster(
        autotask, usage_run.lease, usage_run.run_id, preferences.number("read_max_age_minutes"), alive=usage_run.alive
    )
    stopped, waiting = None, _Waiting(usage_run, queue)
    try:
        for item in queue:
            if stopped := first_change.is_open() or _mode_changed(usage_run):
                break
            first = not first_change.is_proved()
            db.session.commit()
            poster.lease = usage_run.lease
            state = poster.post(item)
            usage_run.lease = poster.lease
            waiting.done(item)
            if stopped := _shut_out(item.change_id):
                break
            if first and state is not None:
                posting.read_back(autotask, [item.change_id], alive=usage_run.alive)
                stopped = first_change.pause_where_price_moved([item.change_id])
                db.session.commit()
                if stopped:
                    break
    finally:
        run_results.follow_changes(poster.posted)
        db.session.commit()
    posting.read_back(autotask, poster.posted, alive=usage_run.alive)
    run_results.follow_changes([item.change_id for item in queue])
    db.session.commit()
    return stopped


def _mode_changed(usage_run: UsageRun) -> Reason | None:
    """Why nothing more is posted: a person turned the mode while the run was under way. Reads only."""
    mode = Mode(preferences.get("mode"))
    return None if mode is usage_run.mode or mode is Mode.AUTOMATIC else Reason(_WHY_NOT_POSTED[mode])


def _shut_out(change_id: int) -> Reason | None:
    """Why nothing more is posted: Autotask refused the sign-in. A few more such calls would lock the API user
    (autotask-api.md, section 2). Reads only."""
    change = db.session.get_one(Change, change_id, populate_existing=True)
    code = change.code if change.state == LineState.REJECTED else None
    db.session.commit()
    return Reason(code, {"system": "Autotask"}) if code in _SHUT_OUT and code else None


class _Waiting:
    """Which customers still wait for a change to be posted, for the progress that people see."""

    def __init__(self, usage_run: UsageRun, queue: Sequence[Planned]) -> None:
        self._run = usage_run
        self._contracts = {change.id: change.contract_id for change in ledger.with_ids([item.change_id for item in queue])}
        db.session.commit()
        self._note()

    def done(self, item: Planned) -> None:
        self._contracts.pop(item.change_id, None)
        self._note()

    def _note(self) -> None:
        waiting = set(self._contracts.values())
        ready = [contract for contract in self._run.contracts if contract.id not in waiting]
        done = sum(member.usage_sync for contract in ready for member in contract.members)
        runs.keep_alive(self._run.claim, calls=self._run.counter.calls, done=done)
