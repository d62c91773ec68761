"""``kontor demo``: everything, with stand-ins for Sophos and Autotask, on an instance of its own that begins anew each time."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from webapp import create_app
from webapp.children import Child
from webapp.database import upgrade_database
from webapp.demo_seed import PASSWORD, SANDBOX_NOTE, USER
from webapp.environment import environment_for
from webapp.processes import sandbox_command
from webapp.settings import Settings, load_settings
from webapp.supervisor import StoppedEarly, Supervisor, sole_user
from webapp.up import START_SECONDS, address, is_free, start_all, wait_until_ready

LOOPBACK = "127.0.0.1"
PORTS_TO_TRY = 50
SANDBOX_PATIENCE = 5.0
SEED_SECONDS = 120.0


def demo(settings: Settings, sandbox_port: int) -> None:
    """Run the demo until SIGTERM or Ctrl-C. Its instance is the folder ``demo`` of this one, and is emptied first.

    Raises AlreadyRunning, QueueServerError or StoppedEarly.
    """
    instance = settings.instance / "demo"
    with sole_user(settings.instance / "demo.lock"):
        if instance.exists():
            shutil.rmtree(instance)
        with Supervisor() as supervisor:
            sandbox = _start_sandbox(supervisor, instance, free_port(sandbox_port))
            environ = _environment(sandbox, instance, free_port(settings.port))
            ours = load_settings(environ)
            upgrade_database(create_app(ours))
            start_all(supervisor, ours, environ)
            _seed(supervisor, environ, sandbox, instance)
            wait_until_ready(supervisor, ours)
            supervisor.say(welcome(address(ours), str(sandbox["control"])))
            supervisor.watch()


def welcome(site: str, sandbox: str) -> str:
    """What a person needs to begin."""
    return (
        f"The demo is ready.\n\n    Address   {site}\n    User      {USER}\n    Password  {PASSWORD}\n"
        f"    Sandbox   {sandbox}  (move usage, raise alerts, look into Autotask)\n\n"
        "It begins anew at each start. Ctrl-C stops it.\n"
    )


def free_port(wanted: int) -> int:
    """The first free port from ``wanted`` on. Raises StoppedEarly where there is none near it."""
    for port in range(wanted, wanted + PORTS_TO_TRY):
        if is_free(LOOPBACK, port):
            return port
    raise StoppedEarly(f"No port from {wanted} to {wanted + PORTS_TO_TRY - 1} is free.")


def _start_sandbox(supervisor: Supervisor, instance: Path, port: int) -> dict[str, dict[str, str]]:
    """Start the stand-ins; gives what their first line says: control address, environment, credentials."""
    environ = environment_for({"KONTOR_INSTANCE": str(instance)})
    child = supervisor.start(Child("sandbox", sandbox_command(port), environ, patience=SANDBOX_PATIENCE, hidden_lines=1))
    supervisor.wait_until(lambda: bool(child.kept), seconds=START_SECONDS, what="The sandbox")
    return json.loads(child.kept[0])


def _environment(sandbox: dict[str, dict[str, str]], instance: Path, port: int) -> dict[str, str]:
    return environment_for({**sandbox["environment"], "KONTOR_INSTANCE": str(instance), "PORT": str(port)})


def _seed(supervisor: Supervisor, environ: dict[str, str], sandbox: dict[str, dict[str, str]], instance: Path) -> None:
    """Fill the instance in a process of its own, and wait for it. Raises StoppedEarly where that fails."""
    note = instance / SANDBOX_NOTE
    note.touch(mode=0o600)
    note.write_text(json.dumps(sandbox), encoding="utf-8")
    child = supervisor.start(Child("seed", [sys.executable, "-m", "webapp.demo_seed"], environ, patience=1, once=True))
    supervisor.wait_until(lambda: child.status is not None, seconds=SEED_SECONDS, what="Filling the demo")
    if child.status != 0:
        raise StoppedEarly("The demo could not be filled; the reason is above.")
