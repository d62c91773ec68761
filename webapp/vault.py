"""Encrypts what must not be readable in the database. The first key encrypts, all keys decrypt (rotation)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """Something in the database was encrypted with a key that is not here."""


class Vault:
    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, values: Mapping[str, Any]) -> str:
        """The encrypted form of ``values`` (plain JSON values)."""
        return self._fernet.encrypt(json.dumps(dict(values)).encode()).decode()

    def open(self, sealed: str) -> dict[str, Any]:
        """What was sealed; raises VaultError where no key fits."""
        try:
            values = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise VaultError("no key in KONTOR_CREDENTIAL_KEYS opens the stored credentials") from error
        assert isinstance(values, dict)
        return values
