"""At most so many calls at once for each endpoint, over all processes. Here is what the clients ask for; who keeps the
slots is given in (webapp/services/slots.py)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Slot(Protocol):
    def keep(self) -> None:
        """Do not give the slot back now: the other side may still be working on the call. It is free when its lease ends."""


class Throttle(Protocol):
    def slot(self, endpoint: str, *, wait: float | None = None) -> AbstractContextManager[Slot]:
        """A slot of ``endpoint`` for the length of the block. Waits for it (``wait`` seconds at most, else the throttle's
        own limit), then raises RateLimited."""


class _FreeSlot:
    def keep(self) -> None:
        """Nobody waits for it."""


class NoThrottle:
    """As many calls at once as are made: for Sophos, which counts by the minute, and for tests."""

    def slot(self, endpoint: str, *, wait: float | None = None) -> AbstractContextManager[Slot]:
        return nullcontext(_FreeSlot())
