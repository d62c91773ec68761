"""The supervisor with small commands: order, patience, and what a child leaves behind."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from tests.jobs.processes import is_alive
from webapp.children import Child
from webapp.supervisor import AlreadyRunning, StoppedEarly, Supervisor, sole_user

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WITH_A_CHILD = """
import os, subprocess
print(subprocess.Popen(['sleep', '60'], preexec_fn=os.setpgrp).pid, flush=True)
"""


def polite(name: str, trace: Path) -> Child:
    """A command that writes its name into ``trace`` when it is asked to end."""
    program = (
        "import signal, sys, time\n"
        f"def end(*_):\n    open({str(trace)!r}, 'a').write({name!r} + ' ')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(60)"
    )
    return Child(name, [sys.executable, "-c", program], os.environ, patience=10, hidden_lines=1)


def test_what_was_started_last_is_stopped_first(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with Supervisor(io.StringIO()) as supervisor:
        for name in ("queue", "web", "worker"):
            child = supervisor.start(polite(name, trace))
            supervisor.wait_until(lambda child=child: bool(child.kept), seconds=10, what=name)  # type: ignore[misc]
    assert trace.read_text().split() == ["worker", "web", "queue"]


def test_who_does_not_end_in_time_is_killed() -> None:
    out = io.StringIO()
    with Supervisor(out) as supervisor:
        child = supervisor.start(Child("deaf", [sys.executable, "-c", STUBBORN], os.environ, patience=0.2, hidden_lines=1))
        supervisor.wait_until(lambda: bool(child.kept), seconds=10, what="deaf")
    assert child.status == -9
    assert "deaf did not end in time" in out.getvalue()


def test_what_a_dead_child_left_running_is_ended_too() -> None:
    with Supervisor(io.StringIO()) as supervisor:
        child = supervisor.start(Child("parent", [sys.executable, "-c", WITH_A_CHILD], os.environ, patience=0.2, hidden_lines=1))
        supervisor.wait_until(lambda: bool(child.kept) and child.status is not None, seconds=10, what="parent")
        left_behind = int(child.kept[0])
        assert is_alive(left_behind)
    assert not is_alive(left_behind)


def test_lines_of_output_carry_the_name_and_kept_lines_are_not_shown() -> None:
    out = io.StringIO()
    program = "print('secret', flush=True); print('plain', flush=True); import time; time.sleep(60)"
    with Supervisor(out) as supervisor:
        child = supervisor.start(Child("box", [sys.executable, "-c", program], os.environ, patience=5, hidden_lines=1))
        supervisor.wait_until(lambda: "plain" in out.getvalue(), seconds=10, what="box")
    assert child.kept == ["secret"]
    assert out.getvalue() == "box       | plain\n"


def test_waiting_for_what_never_comes_ends_with_a_sentence() -> None:
    with Supervisor(io.StringIO()) as supervisor, pytest.raises(StoppedEarly, match=r"The queue did not answer within 0 seconds"):
        supervisor.wait_until(lambda: False, seconds=0.1, what="The queue")


def test_an_instance_has_one_user_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "instance" / "up.lock"
    with sole_user(lock), pytest.raises(AlreadyRunning, match=str(os.getpid())), sole_user(lock):
        pass
    with sole_user(lock):
        assert lock.read_text() == str(os.getpid())
