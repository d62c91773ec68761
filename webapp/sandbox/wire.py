"""One host of the sandbox on the wire: counts the request, lets a fault strike, else hands it on."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .faults import Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .state import State

HTML_ERROR = "<html><head><title>Runtime Error</title></head><body><h1>Server Error</h1></body></html>"
RESET_NOW = struct.pack("ii", 1, 0)


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """JSON, or an empty body when `body` is None. Header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return Response(b"", status=status, headers=named)
    text = json.dumps(body, ensure_ascii=False)
    return Response(text.encode(), status=status, headers=named, content_type="application/json; charset=utf-8")


def reset(environ: WSGIEnvironment) -> None:
    """Break the connection as a crashed server does. Always raises ConnectionResetError, which the server expects."""
    connection: socket = environ["werkzeug.socket"]
    connection.setsockopt(SOL_SOCKET, SO_LINGER, RESET_NOW)
    # close() would wait for the server's own reader of this socket; the descriptor itself does not.
    os.close(connection.detach())
    raise ConnectionResetError("reset by the sandbox")


class Host:
    """A WSGI application. `name` is one of `faults.HOSTS`, `serve` answers a request that no fault hits.

    `around` is entered for the whole time that the request is being worked on (delays included) and may raise
    `Refused`; `refusals` gives the host's own way to answer 401, 429 and the limits.
    """

    def __init__(
        self,
        name: str,
        state: State,
        serve: Callable[[Request], Response],
        refusal: Callable[[str], Response],
        around: Callable[[Request], AbstractContextManager[None]] | None = None,
    ) -> None:
        self.name = name
        self.state = state
        self.serve = serve
        self.refusal = refusal
        self.around = around or (lambda request: nullcontext())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        number = self.state.books.count(self.name, request.method, request.path)
        environ["sandbox.request"] = number
        try:
            with self.around(request):
                response = self._respond(request)
        except Refused as refused:
            response = refused.response
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        fault = self.state.faults.take(
            self.name, request.method, request.path, lambda: request.get_data().decode("utf-8", "replace")
        )
        if fault is None:
            return self.serve(request)
        return self._strike(fault, request)

    def _strike(self, fault: Fault, request: Request) -> Response:
        before = self._strike_before(fault, request)
        if before is not None:
            return before
        if fault.action == "delay":
            fault.released.wait(fault.seconds)
        response = self.serve(request)
        if fault.action == "delay_after":
            fault.released.wait(fault.seconds)
        elif fault.action == "drop":
            fault.released.wait(fault.seconds)
            reset(request.environ)
        elif fault.action == "reset_after":
            reset(request.environ)
        elif fault.action == "status_after":
            if fault.body is not None:
                return answer(fault.body, fault.status)
            return Response(HTML_ERROR, status=fault.status, content_type="text/html")
        elif fault.action == "cut_json":
            body = response.get_data()
            response.set_data(body[: len(body) // 2] or b"{")
        return response

    def _strike_before(self, fault: Fault, request: Request) -> Response | None:
        """The answer of a fault that keeps the request from being applied; None for the others."""
        if fault.action == "reset_before":
            reset(request.environ)
        if fault.action == "drop_before":
            fault.released.wait(fault.seconds)
            reset(request.environ)
        if fault.action == "status":
            return answer(fault.body, fault.status)
        if fault.action == "html":
            return Response(HTML_ERROR, status=fault.status, content_type="text/html")
        if fault.action == "redirect":
            return answer(None, 302, Location=fault.location)
        if fault.action in ("unauthorized", "too_many", "thread_error", "threshold"):
            response = self.refusal(fault.action)
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
        return None


class Refused(Exception):
    """A request that is turned away before it is looked at; carries the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response
