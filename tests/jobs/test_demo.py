"""``kontor demo``: one command, and everything is there; Ctrl-C, and nothing is left."""

from __future__ import annotations

import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.processes import Start, wait_for
from tests.jobs.test_up import everything_below, none_alive


@pytest.fixture
def taken_port() -> Iterator[int]:
    """The port of another program."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def environ(environ: dict[str, str], taken_port: int) -> dict[str, str]:
    """A real database and a fixed date, which must not reach the demo, and a port that is in use."""
    elsewhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1"}
    return environ | elsewhere | {"PORT": str(taken_port)}


def test_the_demo_starts_filled_and_stops_without_a_trace(start_process: Start, tmp_path: Path, taken_port: int) -> None:
    process = start_process("webapp", "demo")
    log = tmp_path / "log"
    wait_for(lambda: "The demo is ready" in log.read_text() or process.poll() is not None, "the start", 90)
    text = log.read_text()
    assert "Password  kontor-demo" in text
    site, sandbox = (re.search(rf"{name}\s+(http\S+)", text) for name in ("Address", "Sandbox"))
    assert site
    assert sandbox
    assert not site[1].endswith(f":{taken_port}")
    for address in (f"{site[1]}/healthz", sandbox[1]):
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.status == 200
    assert "client_secret" not in text

    started = everything_below(process.pid)
    assert len(started) >= 6
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert none_alive(started)
