"""What commands that post have in common: the lease that lets in one at a time, and Ctrl-C that ends between two changes."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from webapp.commands.output import say
from webapp.domain import Lease
from webapp.errors import Refused
from webapp.services import leases, runs


def exclusive(name: str, wait: int = 0) -> Lease:
    """The lease ``name``, waiting up to ``wait`` seconds for whoever holds it. Raises Refused(run_in_progress)."""
    until = time.monotonic() + wait
    while True:
        if lease := leases.acquire(name):
            return lease
        if time.monotonic() >= until:
            raise Refused("run_in_progress")
        time.sleep(min(0.5, max(0.0, until - time.monotonic())))


@contextmanager
def interrupt_cancels(run_id: int) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the run to stop: it finishes the POST that is under way and ends between two changes."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            return
        asked.append(number)
        say("Stopping after the change that is under way …")
        runs.stop_here(run_id)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
