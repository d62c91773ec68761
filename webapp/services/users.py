"""Users: made, checked at the sign-in, given a new password; and the one-time link that makes the first of them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from webapp.context import now
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import changed_rows, db
from webapp.models import SetupLink, User
from webapp.services import audit, passwords

LEAST_PASSWORD = 10  # characters
LINK_LIVES = timedelta(hours=24)
THEMES = ("light", "dark", "system")


def add(*, name: str, password: str, role: str, by: str) -> User:
    """A new user. Raises Refused: user_name_invalid, user_exists, role_invalid, password_short."""
    name = name.strip()
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise Refused("user_name_invalid", "name")
    if by_name(name) is not None:
        raise Refused("user_exists", "name", name=name)
    user = User(name=name, password_hash=_hash(password), role=_role(role), session_version=1, created_at=now())
    db.session.add(user)
    audit.record(by=by, action="user_add", subject=f"user:{name}", after={"role": role})
    db.session.flush()
    return user


def reset(*, name: str, password: str, role: str, by: str) -> User:
    """A new password and role for a user, who is signed out everywhere. Raises Refused: user_unknown and as ``add``."""
    user = by_name(name.strip())
    if user is None:
        raise Refused("user_unknown", "name", name=name)
    before = {"role": user.role}
    user.password_hash, user.role = _hash(password), _role(role)
    user.session_version += 1
    audit.record(by=by, action="user_reset", subject=f"user:{user.name}", before=before, after={"role": role})
    db.session.flush()
    return user


def by_name(name: str) -> User | None:
    return db.session.scalar(select(User).where(User.name == name))


def of_session(session_id: str) -> User | None:
    """The user of a session as ``User.get_id`` wrote it; None where the user was signed out everywhere meanwhile."""
    number, _, version = session_id.partition(":")
    user = db.session.get(User, int(number)) if number.isdecimal() else None
    return user if user is not None and str(user.session_version) == version else None


def exist() -> bool:
    return db.session.scalar(select(func.count()).select_from(User)) != 0


def set_language(user: User, language: str) -> None:
    user.language = language


def set_theme(user: User, theme: str) -> None:
    """``light``, ``dark`` or ``system``. Raises Refused."""
    if theme not in THEMES:
        raise Refused("choice_invalid", "theme", value=theme, allowed=", ".join(THEMES))
    user.theme = theme


# --- the first user -------------------------------------------------------------------------------------------------------


def make_setup_link() -> str:
    """The token of a link that makes the first user, good for 24 hours and once; older links end. Raises Refused: users_exist."""
    if exist():
        raise Refused("users_exist")
    token, moment = secrets.token_urlsafe(32), now()
    changed_rows(update(SetupLink).where(SetupLink.used_at.is_(None)).values(used_at=moment))
    db.session.add(SetupLink(token_hash=_digest(token), created_at=moment, expires_at=moment + LINK_LIVES))
    db.session.flush()
    return token


def setup_link_is_good(token: str) -> bool:
    """Whether the link may still be used: known, unused, not too old, and nobody was made meanwhile."""
    return not exist() and db.session.scalar(select(SetupLink.token_hash).where(*_good(token))) is not None


def use_setup_link(*, token: str, name: str, password: str) -> User:
    """The first user, an administrator. Raises Refused: setup_link_gone, and as ``add``."""
    if exist() or changed_rows(update(SetupLink).where(*_good(token)).values(used_at=now())) != 1:
        raise Refused("setup_link_gone")
    return add(name=name, password=password, role=Role.ADMIN, by="setup link")


def _good(token: str) -> tuple[ColumnElement[bool], ...]:
    return SetupLink.token_hash == _digest(token), SetupLink.used_at.is_(None), SetupLink.expires_at > now()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _hash(password: str) -> str:
    if len(password) < LEAST_PASSWORD:
        raise Refused("password_short", "password", least=LEAST_PASSWORD)
    if len(password) > passwords.LONGEST:
        raise Refused("password_long", "password", most=passwords.LONGEST)
    return passwords.make_hash(password)


def _role(text: str) -> str:
    if text not in list(Role):
        raise Refused("role_invalid", "role", value=text, allowed=", ".join(Role))
    return Role(text).value
