"""Named leases in the database: who alone may post changes, until when, and with which fence number.

Every function here commits, because a lease that others cannot see is none. A holder that slept through its lease finds the
fence moved on and stops. A lease whose process is dead on this host is taken over at once, otherwise after it has expired.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.context import now
from webapp.domain import Lease
from webapp.extensions import changed_rows, db
from webapp.identity import ProcessIdentity, this_process
from webapp.models import LeaseRow

POSTING = "posting"
TICKETS = "tickets"
LEASE_TIME = timedelta(seconds=180)
"""Longer than the deadline of one POST, so that a POST never outlives the lease it was sent under."""


class LeaseLost(Exception):
    """Somebody else holds the lease or the run now; nothing may be written any more."""


def acquire(name: str) -> Lease | None:
    """Take the lease if it is free, expired, or its process is dead; None if somebody holds it. Commits."""
    _ensure(name)
    row = db.session.scalars(select(LeaseRow).where(LeaseRow.name == name)).one()
    moment = now()
    free = row.owner is None or row.expires_at is None or row.expires_at <= moment or _holder_is_dead(row)
    seen_owner, seen_fence = row.owner, row.fence
    db.session.commit()
    if not free:
        return None
    me, owner = this_process(), uuid.uuid4().hex
    lease = Lease(name=name, owner=owner, fence=seen_fence + 1, expires_at=moment + LEASE_TIME)
    same_owner = LeaseRow.owner == seen_owner if seen_owner is not None else LeaseRow.owner.is_(None)
    taken = changed_rows(
        update(LeaseRow)
        .where(LeaseRow.name == name, LeaseRow.fence == seen_fence, same_owner)
        .values(
            owner=owner,
            fence=lease.fence,
            expires_at=lease.expires_at,
            host=me.host,
            process_id=me.process_id,
            process_started=me.started,
        )
    )
    db.session.commit()
    return lease if taken == 1 else None


def renew(lease: Lease) -> Lease:
    """The lease with a new end, by compare-and-set. Commits. Raises LeaseLost where it is not ours any more."""
    moment = now()
    renewed = changed_rows(
        update(LeaseRow)
        .where(
            LeaseRow.name == lease.name,
            LeaseRow.owner == lease.owner,
            LeaseRow.fence == lease.fence,
            LeaseRow.expires_at > moment,
        )
        .values(expires_at=moment + LEASE_TIME)
    )
    db.session.commit()
    if renewed != 1:
        raise LeaseLost(lease.name)
    return Lease(lease.name, lease.owner, lease.fence, moment + LEASE_TIME)


def release(lease: Lease) -> None:
    """Give the lease back if it is still ours. Commits."""
    changed_rows(
        update(LeaseRow)
        .where(LeaseRow.name == lease.name, LeaseRow.owner == lease.owner, LeaseRow.fence == lease.fence)
        .values(owner=None, expires_at=None)
    )
    db.session.commit()


def hold(name: str) -> None:
    """Wait until nobody else is inside ``name``; the place is ours until the end of this transaction. Commits what came before.

    SQLite lets in one writer at a time anyway; on PostgreSQL the row is locked.
    """
    _ensure(name)
    db.session.scalars(select(LeaseRow.name).where(LeaseRow.name == name).with_for_update()).one()


def _ensure(name: str) -> None:
    if db.session.get(LeaseRow, name) is None:
        db.session.add(LeaseRow(name=name))
        try:
            db.session.commit()
        except IntegrityError:  # another process made it this moment
            db.session.rollback()
    db.session.commit()


def _holder_is_dead(row: LeaseRow) -> bool:
    if row.host is None or row.process_id is None:
        return False
    return ProcessIdentity(row.host, row.process_id, row.process_started or "").is_dead()
