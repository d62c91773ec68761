"""Sends one request exactly once, within a total deadline, and says for certain whether a byte of it may have gone out.

For what writes (design, section 7.2 "Posting"): a fresh connection, no repeats, no redirects, no second use of the connection.
A silence limit alone is not a deadline (a byte every few seconds resets it), so a timer shuts the connection down.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from webapp.clients.causes import TOO_LARGE, TOO_SLOW, cause_of
from webapp.clients.http import Answer, Http, Request, prepared

_CHUNK = 64 * 1024
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """``sent`` is False only if no byte of the request went out. ``answer`` is None where no whole answer came; ``cause``
    then says why."""

    sent: bool
    answer: Answer | None
    cause: str = ""


class _Line:
    """The one connection of one request: when it stood, and the end of its time."""

    def __init__(self, timely: Callable[[], bool]) -> None:
        self.connected = False
        self.expired = False
        self._timely = timely
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def opened(self, connection: HTTPConnection) -> None:
        """Called when connection, proxy tunnel and TLS stand, before the first byte of the request."""
        with self._lock:
            if self.expired or not self._timely():
                connection.close()
                raise TimeoutError(TOO_SLOW)
            self.connected = True
            bare = connection.sock
            # through a proxy that itself speaks TLS, urllib3 wraps the socket in a class of its own
            self._socket = bare if isinstance(bare, socket.socket) else getattr(bare, "socket", None)

    def expire(self) -> None:
        """The time is over: whoever waits on the connection gets an error at once."""
        with self._lock:
            self.expired = True
            if self._socket is not None:
                try:
                    # the plain socket's own method: that of a TLS socket is not made to be called from another thread
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                except OSError:
                    self._socket = None  # it is closed already


def _always() -> bool:
    """There is no other limit than the seconds."""
    return True


def send_once(http: Http, request: Request, *, seconds: float, timely: Callable[[], bool] = _always) -> Sent:
    """Send ``request`` within ``seconds`` in all. Never raises for what happens on the network.

    ``timely`` is asked directly before the first byte goes out, and False sends nothing: the seconds do not run while the
    machine is suspended. Raises HostNotAllowed, and what ``before_send`` raises, before anything is sent.
    """
    http.before_send(request.url)
    line = _Line(timely)
    timer = threading.Timer(seconds, line.expire)
    timer.daemon = True
    timer.start()
    try:
        return Sent(True, _exchange(http, request, line, seconds))
    except Exception as error:  # whatever breaks once a byte may be out, the outcome is unknown and must be said so
        cause = str(error) if isinstance(error, _Unusable) else TOO_SLOW if line.expired else cause_of(error)
        return Sent(line.connected, None, cause)
    finally:
        timer.cancel()


class _Unusable(Exception):
    pass


def _exchange(http: Http, request: Request, line: _Line, seconds: float) -> Answer:
    with prepared(requests.Session(), uses_proxy=http.uses_proxy) as session:
        adapter = _OnceAdapter(line)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        with session.request(
            request.method,
            request.url,
            json=request.json,
            headers={**request.headers, "Connection": "close"},
            timeout=(min(http.options.connect_timeout, seconds), seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = bytearray()
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > _LARGEST:
                    raise _Unusable(TOO_LARGE)
            if line.expired:
                raise _Unusable(TOO_SLOW)  # the end of the body may be the timer's work
            return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


class _OnceAdapter(HTTPAdapter):
    """Opens connections that report to ``line``, and never repeats."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._line)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self._line)
        return manager


def _pools(line: _Line) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            line.opened(self)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            line.opened(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
