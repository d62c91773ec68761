"""At most so many calls at once for each endpoint, and at most so many in a minute, over all processes. Here is what the clients
ask for; who keeps the slots and counts the calls is given in (webapp/services/slots.py and pace.py)."""

from __future__ import annotations

from collections.abc import Callable
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
    """As many calls at once as are made: for Sophos, which counts by the minute (see Pace), and for tests."""

    def slot(self, endpoint: str, *, wait: float | None = None) -> AbstractContextManager[Slot]:
        return nullcontext(_FreeSlot())


def nothing() -> None:
    """What is done meanwhile where nobody asked for anything."""


class Pace(Protocol):
    def take(self, wait: float | None, waiting: Callable[[], None] = nothing) -> None:
        """Count one call, and wait for its turn: ``wait`` seconds at most (None: the pace's own limit), else RateLimited and
        nothing is counted. ``waiting`` is called every few seconds meanwhile and may raise."""


class NoPace:
    """As fast as calls are made: for Autotask, which counts by the hour (webapp/services/budget.py), and for tests."""

    def take(self, wait: float | None, waiting: Callable[[], None] = nothing) -> None:
        """It is always their turn."""
