"""The sandbox as running servers: one process, a loopback port for each vendor host and one to control it."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import persistence, sophos, sophos_wire
from .autotask import AutotaskHost
from .control import control_app
from .seed import SEEDS
from .sophos_region import RegionHost
from .state import State
from .wire import Host, answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

REGIONS = ("eu01", "eu02", "us03")
BACKLOG = 128
POLL_SECONDS = 0.1
SAVE_SECONDS = 2.0


class _Handler(WSGIRequestHandler):
    """Serves without a line in the log for each request; errors are still logged."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """A fault broke the connection, or the client left: there is no next request on it."""
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are counted in the books instead."""


class Sandbox:
    """Both vendors' hosts on free loopback ports.

    `seed` is "demo", "small" or "empty" (see `seed.py`). `ports` gives fixed ports by host name (sophos_id, sophos_api,
    sophos_eu01, sophos_eu02, sophos_us03, autotask_zone, autotask, control); `control_port` the one of the control
    host. `today` and `now` give the running day and the UTC moment. With `state_file` the state of an earlier
    sandbox is taken up and kept up to date. Raises OSError when a given port is taken.
    """

    def __init__(
        self,
        seed: str = "demo",
        control_port: int = 0,
        today: Callable[[], date] | None = None,
        now: Callable[[], datetime] | None = None,
        host: str = "127.0.0.1",
        ports: dict[str, int] | None = None,
        state_file: Path | str | None = None,
    ) -> None:
        self.host = host
        self.state = State(today=today, now=now)
        self._state_file = Path(state_file) if state_file else None
        self._ports = {"control": control_port, **(ports or {})}
        self._wished: dict[str, int] = {}
        if self._state_file and self._state_file.exists():
            self._wished = persistence.load(self.state, self._state_file)
        else:
            SEEDS[seed](self.state)
        self._servers: dict[str, BaseWSGIServer] = {}
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def _applications(self) -> dict[str, WSGIApplication]:
        state = self.state
        autotask = AutotaskHost(state)
        hosts: dict[str, WSGIApplication] = {
            "sophos_id": Host("sophos_id", state, lambda request: sophos.serve_id(state, request), sophos.id_refusal),
            "sophos_api": Host("sophos_api", state, lambda request: sophos.serve_global(state, request), sophos_wire.refusal),
            "autotask_zone": Host("autotask_zone", state, autotask.zone, autotask.refusal),
            "autotask": Host("autotask", state, autotask.serve, autotask.refusal, around=autotask.thread),
            "control": control_app(state),
        }
        for region in REGIONS:
            hosts[f"sophos_{region}"] = Host("sophos_region", state, RegionHost(state, region).serve, sophos_wire.refusal)
        return hosts

    def start(self) -> None:
        """Returns when every host listens."""
        for name, application in self._applications().items():
            self._listen(name, application)
        for name, server in self._servers.items():
            self._run(name, server.serve_forever, POLL_SECONDS)
        if self._state_file:
            self._run("state file", self._keep_saving)

    def _listen(self, name: str, application: WSGIApplication) -> BaseWSGIServer:
        with self._listener(name) as listener:
            port = listener.getsockname()[1]
            server = make_server(self.host, port, application, threaded=True, request_handler=_Handler, fd=listener.fileno())
        self._servers[name] = server
        self.state.urls[name] = f"http://{self.host}:{port}"
        return server

    def move_zone(self, status: int = 401) -> None:
        """The Autotask database moves: another address serves it from now on, and the old one answers `status` to everything
        (a wrong zone was seen to answer 401, 404 and redirects; autotask-api.md, section 1)."""
        old = self._servers["autotask"]
        application, old.app = old.app, answer(None, status)
        self._servers[f"autotask before {len(self._servers)}"] = old
        self._run("autotask", self._listen("autotask", application).serve_forever, POLL_SECONDS)

    def _run(self, name: str, target: Callable[..., None], *args: float) -> None:
        thread = threading.Thread(target=target, args=args, name=f"sandbox {name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _listener(self, name: str) -> socket.socket:
        """A listening socket: on the port asked for, else on the one of last time, else on a free one."""
        if self._ports.get(name):
            return socket.create_server((self.host, self._ports[name]), backlog=BACKLOG)
        try:
            return socket.create_server((self.host, self._wished.get(name, 0)), backlog=BACKLOG)
        except OSError:
            return socket.create_server((self.host, 0), backlog=BACKLOG)

    def environment(self) -> dict[str, str]:
        """The three addresses that Kontor is told by its environment."""
        urls = self.state.urls
        return {
            "SOPHOS_ID_URL": urls["sophos_id"],
            "SOPHOS_API_URL": urls["sophos_api"],
            "AUTOTASK_ZONE_URL": urls["autotask_zone"],
        }

    def credentials(self) -> dict[str, dict[str, str]]:
        """{"sophos": {client_id, client_secret}, "autotask": {username, secret, integration_code}}"""
        return self.state.credentials()

    @property
    def control_url(self) -> str:
        """Address of the control host and its page."""
        return self.state.urls["control"]

    def stop(self) -> None:
        """End all hosts, let go what a fault holds, and write the state file a last time. May be called twice."""
        self._stopping.set()
        self.state.faults.clear()
        closing = [threading.Thread(target=server.shutdown) for server in self._servers.values()]
        for thread in closing:
            thread.start()
        for thread in [*closing, *self._threads]:
            thread.join()
        for server in self._servers.values():
            server.server_close()
        if self._state_file and self._servers:
            persistence.save(self.state, self._state_file, self._used_ports())
        self._servers.clear()
        self._threads.clear()

    def _used_ports(self) -> dict[str, int]:
        return {name: server.port for name, server in self._servers.items()}

    def _keep_saving(self) -> None:
        saved = -1
        while not self._stopping.wait(SAVE_SECONDS):
            if self._state_file and self.state.version != saved:
                saved = self.state.version
                persistence.save(self.state, self._state_file, self._used_ports())


def run(control_port: int = 8010, seed: str = "demo", state_file: Path | str | None = None) -> None:
    """Serve in the foreground until SIGTERM or SIGINT.

    Prints one line of JSON to standard output when every host listens: {"control", "environment", "credentials"}.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    sandbox = Sandbox(seed=seed, control_port=control_port, state_file=state_file)
    sandbox.start()
    about = {
        "control": sandbox.control_url,
        "environment": sandbox.environment(),
        "credentials": sandbox.credentials(),
    }
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
    ended.wait()
    sandbox.stop()
