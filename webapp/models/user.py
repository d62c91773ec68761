"""Users and one-time links."""

from __future__ import annotations

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain import Role
from webapp.extensions import Model
from webapp.models.types import Moment


class User(UserMixin, Model):
    """A person who signs in. ``session_version`` is part of the session: raising it signs the user out everywhere."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    session_version: Mapped[int] = mapped_column(Integer, default=1)
    language: Mapped[str | None] = mapped_column(String(5))
    theme: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_login_at: Mapped[datetime | None] = mapped_column(Moment)

    def get_id(self) -> str:
        return f"{self.id}:{self.session_version}"

    def may(self, needed: Role) -> bool:
        return Role(self.role).allows(needed)

    @property
    def actor(self) -> str:
        """How this user is named in runs, decisions and the audit log."""
        return f"user:{self.name}"


class SetupLink(Model):
    """A one-time link with which the first user is made. Only the hash of its token is kept."""

    __tablename__ = "setup_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
