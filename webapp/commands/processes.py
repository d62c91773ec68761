"""``kontor up``, ``demo``, ``web``, ``worker``, ``scheduler`` and ``sandbox``: the commands that start things."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

import click
from flask import Flask

from webapp.commands.output import say
from webapp.context import context
from webapp.database import SchemaTooNew
from webapp.demo import demo as run_demo
from webapp.environment import environment_of
from webapp.processes import SCHEDULER, WORKER, web_command
from webapp.queue_server import QueueServerError
from webapp.sandbox import server as sandbox_server
from webapp.sandbox.seed import demo_mappings
from webapp.supervisor import AlreadyRunning, StoppedEarly
from webapp.up import up as run_up

SANDBOX_PORT = 8010


@click.command()
@click.pass_obj
def up(app: Flask) -> None:
    """Run everything in the foreground: web, worker, scheduler and, without REDIS_URL, the queue."""
    with app.app_context():
        settings = context().settings
    _run(lambda: run_up(app, settings))


@click.command()
@click.pass_obj
def demo(app: Flask) -> None:
    """Run everything with stand-ins for Sophos and Autotask, on data that begins anew each time."""
    with app.app_context():
        settings = context().settings
    _run(lambda: run_demo(settings, SANDBOX_PORT, demo_mappings()))


@click.command()
def web() -> None:
    """Run the web server."""
    _become(web_command(context().settings))


@click.command()
def worker() -> None:
    """Run one worker."""
    _become(WORKER)


@click.command()
def scheduler() -> None:
    """Run the scheduler."""
    _become(SCHEDULER)


@click.command()
@click.option("--port", default=SANDBOX_PORT, show_default=True, type=click.IntRange(1, 65535), help="Port of its own page.")
@click.option("--seed", default="demo", show_default=True, type=click.Choice(["demo", "small", "empty"]), help="What is in it.")
def sandbox(port: int, seed: str) -> None:
    """Run stand-ins for the APIs of Sophos and Autotask on this machine."""
    try:
        sandbox_server.run(control_port=port, seed=seed)
    except OSError as error:
        say(f"The sandbox cannot listen on port {port}: {error.strerror}.")
        raise SystemExit(1) from error


def _become(command: list[str]) -> NoReturn:
    """Turn this process into ``command``, so that signals reach it directly."""
    os.execve(command[0], command, environment_of(context().settings))  # noqa: S606 - our own commands, no shell


def _run(start: Callable[[], None]) -> None:
    try:
        start()
    except SchemaTooNew as error:
        say(f"This database was made by a newer Kontor (schema {error}). Install that version, or restore a backup.")
        raise SystemExit(2) from error
    except (AlreadyRunning, StoppedEarly, QueueServerError) as error:
        say(str(error))
        raise SystemExit(1) from error


commands = (up, demo, web, worker, scheduler, sandbox)
