"""A child process of the supervisor: started in a session of its own, its output passed on line by line, ended completely."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.5, 30.0, 60.0
KILL_SECONDS = 5.0  # the kernel ends a killed process soon, but not at once
PR_SET_PDEATHSIG = 1
READ_SIZE = 65536
_libc = ctypes.CDLL(None)


class Child:
    """One command that is kept running.

    ``patience`` is how many seconds it may take to end when asked. With ``hidden_lines`` that many lines of its output are
    kept in ``kept`` instead of being passed on.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environ: Mapping[str, str],
        *,
        patience: float,
        hidden_lines: int = 0,
    ) -> None:
        self.name, self.command, self.environ = name, command, environ
        self.patience = patience
        self.kept: list[str] = []
        self.sessions: set[int] = set()
        self.is_awaiting_restart = False
        self._hidden_lines = hidden_lines
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._pause = FIRST_PAUSE
        self._started_at = self._start_again_at = 0.0

    def start(self) -> int:
        """Start it; gives the descriptor from which its output is read without waiting. Whoever reads it closes it."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                self.command,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # safe: the supervisor has one thread
            )
        finally:
            os.close(writing)
        self.sessions.add(self._process.pid)
        self._started_at = time.monotonic()
        self.is_awaiting_restart = False
        return reading

    @property
    def status(self) -> int | None:
        """How the process ended; None while it runs or has not been started."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def pass_on(self, output: int, out: TextIO) -> bool:
        """Write the lines that have come from ``output``, each with the child's name; False when it has ended."""
        try:
            data = os.read(output, READ_SIZE)
        except BlockingIOError:
            return True
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode("utf-8", "replace"), out)
        return bool(data)

    def _line(self, line: str, out: TextIO) -> None:
        if len(self.kept) < self._hidden_lines:
            self.kept.append(line)
        else:
            out.write(f"{self.name:<9} | {line}\n")
            out.flush()

    def note_end(self) -> float:
        """It ended by itself: choose when it starts again; each time in a row later. Gives the pause in seconds."""
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        pause = self._pause
        self._start_again_at = time.monotonic() + pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.is_awaiting_restart = True
        return pause

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._start_again_at

    def ask_to_end(self) -> None:
        """SIGTERM to the process alone: a worker then finishes its job, which lives in a process below it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End every process of every session that this child ever had, and wait until they are gone."""
        for session in self.sessions:
            for pid in _members(session):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        deadline = time.monotonic() + KILL_SECONDS
        while not self.is_gone and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def is_gone(self) -> bool:
        """Whether no process of it is left, helpers and jobs included."""
        return not self.is_running and not any(_members(session) for session in self.sessions)


def _members(session: int) -> list[int]:
    """The living processes of a session. Where there is no /proc, its first process group."""
    if not Path("/proc/self/stat").exists():
        return _group(session)
    members = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(ProcessLookupError, PermissionError):
                if os.getsid(int(entry)) == session and not _is_zombie(int(entry)):
                    members.append(int(entry))
    return members


def _group(group: int) -> list[int]:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return []
    return [-group]


def _is_zombie(pid: int) -> bool:
    """A process that has ended and waits to be collected by its parent. Field 3 of /proc/PID/stat, after the name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return True


def _end_with_parent() -> None:
    """In the child: ask the kernel for a SIGTERM when the supervisor dies, however it dies (Linux)."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
