"""``kontor up`` starts everything, keeps it running, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.jobs.processes import Start, children_of, end_session, is_alive, session_members, wait_for


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        environ["PORT"] = str(free.getsockname()[1])
    del environ["KONTOR_TEST_CLOCK"]
    return environ


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def up(start_process: Start, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], set[int]]]:
    """A running ``kontor up`` and everything it started."""
    process = start_process("webapp", "up")
    wait_for(lambda: "Kontor is ready" in log.read_text() or process.poll() is not None, "the start", 60)
    started = everything_below(process.pid)
    yield process, started
    for pid in started:
        if is_alive(pid):
            end_session(os.getsid(pid))


def everything_below(pid: int) -> set[int]:
    """The children of a process with all members of their sessions."""
    found: set[int] = set()
    for child in children_of(pid):
        with suppress(ProcessLookupError):
            found |= session_members(os.getsid(child))
    return found


def none_alive(pids: set[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def test_everything_starts_and_ctrl_c_stops_all_of_it_in_order(
    up: tuple[subprocess.Popen[bytes], set[int]], environ: dict[str, str], log: Path
) -> None:
    process, started = up
    assert len(started) >= 5, log.read_text()  # queue, gunicorn and its process, worker, scheduler
    with urllib.request.urlopen(f"http://127.0.0.1:{environ['PORT']}/readyz", timeout=5) as answer:
        assert all(json.load(answer).values())
    link = re.search(r"Make the first user here, within a day: (\S+)", log.read_text())
    assert link
    with urllib.request.urlopen(link[1], timeout=5) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    assert none_alive(started)
    assert "Traceback" not in log.read_text()


def test_a_second_up_on_the_same_instance_is_refused(
    up: tuple[subprocess.Popen[bytes], set[int]], start_process: Start, tmp_path: Path
) -> None:
    second = start_process("webapp", "up", log="second")
    assert second.wait(30) == 1
    assert f"Kontor already runs on {tmp_path / 'instance'} (process {up[0].pid})." in (tmp_path / "second").read_text()
    assert up[0].poll() is None


def test_what_is_killed_is_started_again(up: tuple[subprocess.Popen[bytes], set[int]], log: Path) -> None:
    worker = next(pid for pid in children_of(up[0].pid) if "jobs.worker" in command_of(pid))
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: log.read_text().count("worker_started") == 2, "the second worker")
    assert "worker ended (status -9); it is started again in 0.5 seconds." in log.read_text()


def test_when_the_supervisor_itself_is_killed_nothing_is_left_and_it_can_start_again(
    up: tuple[subprocess.Popen[bytes], set[int]], start_process: Start, tmp_path: Path
) -> None:
    process, started = up
    process.kill()
    process.wait()
    wait_for(lambda: none_alive(started), "the end of everything below")
    again = start_process("webapp", "up", log="again")
    wait_for(lambda: "Kontor is ready" in (tmp_path / "again").read_text(), "the second start", 60)
    again.terminate()
    assert again.wait(40) == 0


def test_a_taken_port_is_named_and_nothing_is_started(start_process: Start, environ: dict[str, str], log: Path) -> None:
    with socket.create_server(("127.0.0.1", int(environ["PORT"]))):
        process = start_process("webapp", "up")
        assert process.wait(30) == 1
    assert f"Something else listens on 127.0.0.1, port {environ['PORT']}." in log.read_text()


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
