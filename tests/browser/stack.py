"""Kontor as it really runs, for a browser: ``kontor up`` on an instance of its own, and the sandbox in this process.

The sandbox being in this process, a test looks into Autotask's books, and moves usage, by plain calls.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import NOON
from tests.jobs.conftest import ROOT, end_session, wait_for
from tests.sandboxed import MOMENT, TODAY
from webapp import create_app
from webapp.database import upgrade_database
from webapp.demo_seed import MappedCustomer, seed_demo
from webapp.domain import Role
from webapp.environment import environment_for
from webapp.extensions import db
from webapp.sandbox.server import Sandbox
from webapp.services import users
from webapp.settings import Settings, load_settings
from webapp.up import address, is_ready

PEOPLE = {"Vera": Role.VIEWER, "Oskar": Role.OPERATOR, "Ada": Role.ADMIN}
PASSWORD = "a long enough password"
STOP_SECONDS = 30


@dataclass
class Stack:
    """One running Kontor. ``folder`` holds its instance and the log of all its processes."""

    sandbox: Sandbox
    settings: Settings
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return address(self.settings)

    def units(self, company_id: int, service: str) -> int | None:
        """What Autotask bills today for that service on the company's contracts."""
        state = self.sandbox.state
        lines = [state.contract_service_ids(each).get(service) for each in state.contract_ids(company_id)]
        found = [line for line in lines if line is not None]
        return state.units(found[0], TODAY)

    def posted(self) -> int:
        """How many changes Autotask has taken so far."""
        return len(self.sandbox.state.books.adjustments)

    def stop(self) -> None:
        """In order, as Ctrl-C does it; whatever is left is ended."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            end_session(self.process.pid)
            self.sandbox.stop()


def prepared_sandbox(seed: str) -> Sandbox:
    """A sandbox at the tests' date that listens."""
    sandbox = Sandbox(seed=seed, today=lambda: TODAY, now=lambda: MOMENT)
    sandbox.start()
    return sandbox


def start(folder: Path, sandbox: Sandbox, *, mapped: Iterable[MappedCustomer] | None = None) -> Stack:
    """Start Kontor with its three users. With ``mapped`` it is connected, mapped, synchronised once and started, as the
    demo is; without, it is as new.
    """
    environ = _environment(folder, sandbox)
    settings = load_settings(environ)
    app = create_app(settings)
    upgrade_database(app)
    with app.app_context():
        for name, role in PEOPLE.items():
            users.add(name=name, password=PASSWORD, role=role, by="cli:kontor@box")
        db.session.commit()
    if mapped is not None:
        seed_demo(app, sandbox.credentials(), mapped)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", "up"],
            cwd=ROOT,
            env=environment_for(environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack = Stack(sandbox, settings, folder, process)
    try:
        wait_for(lambda: is_ready(settings) or process.poll() is not None, "the start", 60)
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
    except BaseException:
        stack.stop()
        raise
    return stack


def _environment(folder: Path, sandbox: Sandbox) -> dict[str, str]:
    clock = folder / "clock"
    clock.write_text(NOON)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {
        "KONTOR_INSTANCE": str(folder / "instance"),
        "KONTOR_TIMEZONE": "Europe/Berlin",
        "KONTOR_TEST_CLOCK": str(clock),
        "KONTOR_LOG_LEVEL": "warning",
        "PORT": str(port),
    } | sandbox.environment()
