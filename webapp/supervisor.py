"""Keeps Kontor's processes running in the foreground and stops them in order: what is started last is stopped first.

One thread: a loop that passes on output, starts again what died, and looks whether it was asked to stop.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from webapp.children import Child

LOOK_SECONDS = 0.05


class AlreadyRunning(Exception):
    """Another ``kontor up`` works on this instance."""


class StoppedEarly(Exception):
    """A person asked to stop, or something could not be started; the message says what."""


@contextmanager
def sole_user(lock: Path) -> Iterator[None]:
    """Holds the lock of an instance. Raises AlreadyRunning where another process does; a dead one holds nothing."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunning(f"Kontor already runs on {lock.parent} (process {file.read().strip() or 'unknown'}).") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Supervisor:
    """Children by the order of their start. Use it in a ``with``: leaving it stops everything, whatever happened."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out = out
        self._children: list[Child] = []
        self._outputs = selectors.DefaultSelector()
        self._asked_to_stop = 0
        self._before: dict[int, signal.Handlers | int | Callable[..., object] | None] = {}

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _on_signal(self, *_: object) -> None:
        self._asked_to_stop += 1

    def say(self, text: str) -> None:
        self._out.write(f"{'kontor':<9} | {text}\n")
        self._out.flush()

    def start(self, child: Child) -> Child:
        """Start one more; it is kept running from now on."""
        self._children.append(child)
        self._begin(child)
        return child

    def wait_until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Look after the children until ``condition``. Raises StoppedEarly when asked to stop or after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self._asked_to_stop:
                raise StoppedEarly("Stopped before everything had started.")
            if time.monotonic() > deadline:
                raise StoppedEarly(f"{what} did not answer within {seconds:.0f} seconds; its last lines are above.")
            self._turn()
        self._pass_on(0)

    def watch(self) -> None:
        """Look after the children until asked to stop."""
        while not self._asked_to_stop:
            self._turn()

    def stop(self) -> None:
        """Stop in order, each with its patience; asked to stop a second time, without any. Nothing is left running."""
        for child in reversed(self._children):
            child.ask_to_end()
            deadline = time.monotonic() + child.patience
            while not child.is_gone and time.monotonic() < deadline and self._asked_to_stop < 2:
                self._pass_on(LOOK_SECONDS)
            if not child.is_gone:
                self.say(f"{child.name} did not end in time and is killed; what it was doing is continued at the next start.")
                child.kill()
            self._pass_on(0)
        self._children.clear()

    def _turn(self) -> None:
        self._pass_on(LOOK_SECONDS)
        for child in self._children:
            if child.is_running:
                continue
            if not child.is_awaiting_restart:
                pause = child.note_end()
                self.say(f"{child.name} ended (status {child.status}); it is started again in {pause:.1f} seconds.")
            elif child.is_due:
                self._begin(child)

    def _begin(self, child: Child) -> None:
        self._outputs.register(child.start(), selectors.EVENT_READ, child)

    def _pass_on(self, seconds: float) -> None:
        if not self._outputs.get_map():
            time.sleep(seconds)
        for key, _ in self._outputs.select(seconds):
            if not key.data.pass_on(key.fd, self._out):
                self._outputs.unregister(key.fd)
                os.close(key.fd)
