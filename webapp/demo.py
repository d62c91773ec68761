"""``kontor demo``: everything, with stand-ins for Sophos and Autotask, on an instance of its own that begins anew each time."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from webapp import create_app
from webapp.children import Child
from webapp.database import upgrade_database
from webapp.demo_seed import PASSWORD, USER, MappedCustomer, seed_demo
from webapp.environment import environment_for
from webapp.processes import sandbox_command
from webapp.settings import Settings, load_settings
from webapp.supervisor import StoppedEarly, Supervisor, sole_user
from webapp.up import START_SECONDS, address, is_free, start_all, wait_until_ready

LOOPBACK = "127.0.0.1"
PORTS_TO_TRY = 50
SANDBOX_PATIENCE = 5.0
ENVIRONMENT_FILE = "environment"


def demo(settings: Settings, sandbox_port: int, mapped: Iterable[MappedCustomer]) -> None:
    """Run the demo until SIGTERM or Ctrl-C. Its instance is the folder ``demo`` of this one, and is emptied first.

    ``mapped`` are the customers that are mapped from the start; a part of the sandbox's stays to be mapped by hand.

    Raises AlreadyRunning, QueueServerError or StoppedEarly.
    """
    instance = settings.instance / "demo"
    with sole_user(settings.instance / "demo.lock"):
        if instance.exists():
            shutil.rmtree(instance)
        with Supervisor() as supervisor:
            place = {"KONTOR_INSTANCE": str(instance), "PORT": str(free_port(settings.port))}
            sandbox = _start_sandbox(supervisor, place, free_port(sandbox_port))
            upgrade_database(create_app(load_settings(environment_for(place))))
            about = _wait_for_sandbox(supervisor, sandbox)
            place |= about["environment"]
            _write_environment(instance, place)
            ours = load_settings(environment_for(place))
            start_all(supervisor, ours, environment_for(place))
            seed_demo(create_app(ours), about["credentials"], mapped)
            wait_until_ready(supervisor, ours)
            supervisor.say(welcome(address(ours), about["control"], instance))
            supervisor.watch()


def welcome(site: str, sandbox: str, instance: Path) -> str:
    """What a person needs to begin."""
    return (
        f"The demo is ready.\n\n    Address   {site}\n    User      {USER}\n    Password  {PASSWORD}\n"
        f"    Sandbox   {sandbox}  (move usage, raise alerts, look into Autotask)\n"
        f"    Commands  . {instance / ENVIRONMENT_FILE}  (then kontor works on the demo)\n\n"
        "It begins anew at each start. Ctrl-C stops it.\n"
    )


def free_port(wanted: int) -> int:
    """The first free port from ``wanted`` on. Raises StoppedEarly where there is none near it."""
    for port in range(wanted, wanted + PORTS_TO_TRY):
        if is_free(LOOPBACK, port):
            return port
    raise StoppedEarly(f"No port from {wanted} to {wanted + PORTS_TO_TRY - 1} is free.")


def _start_sandbox(supervisor: Supervisor, place: dict[str, str], port: int) -> Child:
    """Its first line holds credentials and is kept back."""
    command = sandbox_command(port)
    return supervisor.start(Child("sandbox", command, environment_for(place), patience=SANDBOX_PATIENCE, hidden_lines=1))


def _wait_for_sandbox(supervisor: Supervisor, sandbox: Child) -> dict[str, Any]:
    """What its first line says when it listens: ``control`` (an address), ``environment``, ``credentials``."""
    supervisor.wait_until(lambda: bool(sandbox.kept), seconds=START_SECONDS, what="The sandbox")
    about: dict[str, Any] = json.loads(sandbox.kept[0])
    return about


def _write_environment(instance: Path, place: dict[str, str]) -> None:
    """A file for a shell, so that ``kontor`` commands find the demo and its sandbox."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in place.items()]
    (instance / ENVIRONMENT_FILE).write_text("".join(lines), encoding="utf-8")
