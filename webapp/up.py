"""``kontor up``: queue, web, worker and scheduler of one instance in the foreground, for a small box."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import suppress

from flask import Flask

from webapp.children import Child
from webapp.database import upgrade_database
from webapp.environment import environment_of
from webapp.extensions import db
from webapp.processes import SCHEDULER, WEB_PATIENCE, WORKER, web_command, worker_patience
from webapp.queue_server import answers, prepare_folder, server_command
from webapp.services import users
from webapp.settings import Settings
from webapp.supervisor import StoppedEarly, Supervisor, sole_user

SHORT_PATIENCE = 5.0
START_SECONDS = 60.0


def up(app: Flask, settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C. Raises AlreadyRunning, QueueServerError, StoppedEarly or SchemaTooNew."""
    with sole_user(settings.instance / "up.lock"):
        check_port(settings.bind, settings.port)
        upgrade_database(app)
        with Supervisor() as supervisor:
            start_all(supervisor, settings, environment_of(settings))
            wait_until_ready(supervisor, settings)
            if link := setup_link(app, settings):
                supervisor.say(f"Make the first user here, within a day: {link}")
            supervisor.say(f"Kontor is ready at {address(settings)}. Ctrl-C stops it.")
            supervisor.watch()


def start_all(supervisor: Supervisor, settings: Settings, environ: Mapping[str, str]) -> None:
    """Start what the instance needs, the queue first; the database is up to date already."""
    if settings.redis_url is None:
        prepare_folder(settings.queue_socket)
        supervisor.start(Child("queue", server_command(settings.queue_socket), environ, patience=SHORT_PATIENCE))
        supervisor.wait_until(lambda: answers(settings.queue_socket), seconds=START_SECONDS, what="The queue")
    supervisor.start(Child("web", web_command(settings), environ, patience=WEB_PATIENCE))
    supervisor.start(Child("worker", WORKER, environ, patience=worker_patience(settings)))
    supervisor.start(Child("scheduler", SCHEDULER, environ, patience=SHORT_PATIENCE))


def wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    supervisor.wait_until(lambda: is_ready(settings), seconds=START_SECONDS, what="Kontor")


def is_ready(settings: Settings) -> bool:
    """Whether /readyz says that web, database, queue, worker and scheduler all answer."""
    host = "127.0.0.1" if settings.bind in ("0.0.0.0", "::") else settings.bind  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status == http.HTTPStatus.OK and all(json.loads(answer.read()).values())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def check_port(bind: str, port: int) -> None:
    """Raises StoppedEarly where somebody else listens there."""
    if not is_free(bind, port):
        raise StoppedEarly(f"Something else listens on {bind}, port {port}. Stop it, or choose another PORT.")


def is_free(bind: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            candidate.bind((bind, port))
            return True
    return False


def setup_link(app: Flask, settings: Settings) -> str | None:
    """A link that makes the first user and works once; None where there are users already."""
    with app.app_context():
        if users.exist():
            return None
        token = users.make_setup_link()
        db.session.commit()
        return f"{address(settings)}/setup/{token}"


def address(settings: Settings) -> str:
    """Where a person finds it."""
    return settings.public_url or f"http://{settings.bind}:{settings.port}"
