"""Real processes on a real queue: a Valkey per test, and processes that are ended with everything below them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.jobs.crash_scene import FIRST_MORNING, Scene, TestClock
from tests.jobs.processes import ROOT, Start, children_of, end_session, is_alive, session_members, wait_for
from tests.world import World
from webapp.domain import Zone
from webapp.queue_server import prepare_folder, server_command, wait_until_it_answers
from webapp.sandbox.server import Sandbox
from webapp.services import connections
from webapp.settings import Settings, load_settings

__all__ = ["ROOT", "Start", "children_of", "end_session", "is_alive", "session_members", "wait_for"]


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


@pytest.fixture
def clock(environ: dict[str, str]) -> TestClock:
    """The clock of the crash tests: a morning at the begin of November."""
    clock = TestClock(Path(environ["KONTOR_TEST_CLOCK"]), ZoneInfo(environ["KONTOR_TIMEZONE"]))
    clock.set(FIRST_MORNING)
    return clock


@pytest.fixture
def growing_sandbox(environ: dict[str, str], clock: TestClock) -> Iterator[Sandbox]:
    """An empty sandbox that lives on the day of the test clock."""
    running = Sandbox(seed="empty", today=clock.today)
    running.start()
    environ.update(running.environment() | {"KONTOR_SETTLE_SECONDS": "1", "KONTOR_LOG_LEVEL": "error"})
    yield running
    running.stop()


@pytest.fixture
def scene(growing_sandbox: Sandbox, clock: TestClock, context: Flask, start_process: Start) -> Scene:
    """Twelve customers, all in step, on a connected Kontor that posts by itself."""
    world = World(growing_sandbox, context)
    world.connect()
    url = growing_sandbox.state.urls["autotask"]
    zone = connections.zone_facts(Zone(f"{url}/ATServicesRest", "Sandbox", url, 1))  # as the connection check keeps it
    connections.store(system="autotask", credentials=growing_sandbox.credentials()["autotask"], facts=zone, by="test")
    made = Scene(world, clock, start_process)
    made.settle_down()
    return made


@pytest.fixture
def box(empty_sandbox: Sandbox, environ: dict[str, str]) -> Sandbox:
    """An empty sandbox, and a Kontor that waits a second only for what it cannot know."""
    environ.update({"KONTOR_SETTLE_SECONDS": "1", "KONTOR_LOG_LEVEL": "error"})
    return empty_sandbox
