"""Password hashes: argon2id, at most two at a time in a process, because each takes 64 MiB."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 500  # characters

_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)
# the hash of a password that nobody has: an unknown name costs as much time as a wrong password
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$qyfTfdricr3HKBHzs02nKQ$zQ0h5YDdxVEynr2qFJuIcpCezJ2SGRWpEQzpEEXaA7Q"


def make_hash(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether the password belongs to the hash; None (no such user) never fits and takes as long."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
