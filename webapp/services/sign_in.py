"""Signing in: name and password, with a pause after too many failures. The audit log keeps the count."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from webapp.context import now
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, User
from webapp.services import audit, passwords

TRIES = 5
WAIT = timedelta(minutes=15)
_FAILED, _DONE = "sign_in_failed", "sign_in"


def sign_in(*, name: str, password: str) -> User:
    """The user, with the sign-in noted. Commits, also what failed. Raises Refused: sign_in_wait, sign_in_refused.

    Nothing is open in the database while the password is worked on: that takes a tenth of a second by intention.
    """
    name = name.strip()[:100]
    if _failures(name) >= TRIES:
        raise Refused("sign_in_wait", minutes=int(WAIT.total_seconds() // 60))
    known = db.session.execute(select(User.id, User.password_hash).where(User.name == name)).one_or_none()
    db.session.commit()
    if not passwords.fits(password, known.password_hash if known else None):
        audit.record(by=f"user:{name}", action=_FAILED, subject=f"user:{name}")
        db.session.commit()
        raise Refused("sign_in_refused")
    assert known is not None
    user = db.session.get_one(User, known.id)
    user.last_login_at = now()
    audit.record(by=user.actor, action=_DONE, subject=f"user:{name}")
    db.session.commit()
    return user


def _failures(name: str) -> int:
    """How often this name failed within the waiting time and since it last got in; unknown names count too."""
    mine = AuditEntry.subject == f"user:{name}"
    last = select(func.max(AuditEntry.id)).where(mine, AuditEntry.action.in_((_DONE, "user_reset"))).scalar_subquery()
    failed = select(func.count()).where(
        mine, AuditEntry.action == _FAILED, AuditEntry.at > now() - WAIT, AuditEntry.id > func.coalesce(last, 0)
    )
    return db.session.scalar(failed) or 0
