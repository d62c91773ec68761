"""Real processes on a real queue: a Valkey per test, and processes that are ended with everything below them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from webapp.queue_server import prepare_folder, server_command, wait_until_it_answers
from webapp.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30.0

Start = Callable[..., "subprocess.Popen[bytes]"]


def wait_for(condition: Callable[[], object], what: str, seconds: float = WAIT_SECONDS) -> None:
    """Return as soon as the condition holds; fail when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {seconds:.0f} seconds")
        time.sleep(0.05)


def session_members(session: int) -> set[int]:
    """The living processes of a session."""
    members = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, IndexError):
                fields = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    members.add(int(entry))
    return members


def children_of(pid: int) -> set[int]:
    """The living processes that this one started itself."""
    children = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, IndexError):
                fields = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] not in "ZX":
                    children.add(int(entry))
    return children


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def end_session(session: int) -> None:
    for pid in session_members(session):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start_process(environ: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts ``python -m NAME ARGUMENTS`` in the environment of the test; whatever it leaves running is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, log: str = "log") -> subprocess.Popen[bytes]:
        with (tmp_path / log).open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        end_session(process.pid)
        process.wait()


@pytest.fixture
def queue_server(environ: dict[str, str]) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the queue's server of the instance."""
    settings = load_settings(environ)
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        prepare_folder(settings.queue_socket)
        started.append(subprocess.Popen(server_command(settings.queue_socket)))
        assert wait_until_it_answers(settings.queue_socket, 10)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    if settings.queue_socket.parent.parent != settings.instance:
        for left in settings.queue_socket.parent.iterdir():
            left.unlink()
        settings.queue_socket.parent.rmdir()


@pytest.fixture
def queue(app: Flask, queue_server: Callable[[], subprocess.Popen[bytes]]) -> Settings:
    """A running queue for the application under test; gives the settings that lead to it."""
    queue_server()
    found = app.extensions["kontor"].settings
    assert isinstance(found, Settings)
    return found
