"""The HTTP layer: what is tried again, what is counted, what is never sent."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from tests.clients.conftest import Naps
from webapp.clients.errors import HostNotAllowed, RateLimited, Trouble, Unreachable
from webapp.clients.http import Counter, Http, Options, Request


def http(base: str, counter: Counter, options: Options) -> Http:
    return Http(system="Sophos", base=base, domain="sophos.com", counter=counter, options=options)


@pytest.fixture
def call(server: HTTPServer, counter: Counter, options: Options) -> Http:
    return http(server.url_for("").rstrip("/"), counter, options)


def get(server: HTTPServer, path: str = "/x") -> Request:
    return Request("GET", server.url_for(path))


def test_a_read_is_tried_four_times_with_growing_rests(server: HTTPServer, call: Http, counter: Counter, naps: Naps) -> None:
    server.expect_request("/x").respond_with_data("<html>later</html>", status=503)
    with pytest.raises(Trouble) as error:
        call.read(get(server))
    assert error.value.retryable
    assert counter.calls.sophos == 4
    assert naps == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_status_is_forgotten_once_the_answer_comes(server: HTTPServer, call: Http, status: int) -> None:
    server.expect_oneshot_request("/x").respond_with_data("", status=status)
    server.expect_request("/x").respond_with_json({"ok": True})
    assert call.read(get(server)).json() == {"ok": True}


def test_a_page_of_html_with_500_is_tried_again_and_a_business_500_is_not(
    server: HTTPServer, call: Http, counter: Counter
) -> None:
    server.expect_oneshot_request("/x").respond_with_data("<html>oops</html>", status=500, content_type="text/html")
    server.expect_request("/x").respond_with_json({"errors": ["no"]}, status=500)
    answer = call.read(get(server))
    assert (answer.status, answer.json()) == (500, {"errors": ["no"]})
    assert counter.calls.sophos == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
def test_an_answer_is_an_answer(server: HTTPServer, call: Http, counter: Counter, status: int) -> None:
    server.expect_request("/x").respond_with_data("", status=status, headers={"Location": server.url_for("/elsewhere")})
    assert call.read(get(server)).status == status
    assert counter.calls.sophos == 1


def test_retry_after_is_honoured_up_to_a_minute(server: HTTPServer, call: Http, naps: Naps) -> None:
    server.expect_oneshot_request("/x").respond_with_data("", status=429, headers={"Retry-After": "7"})
    server.expect_request("/x").respond_with_data("", status=429, headers={"Retry-After": "21600"})
    with pytest.raises(RateLimited) as error:
        call.read(get(server))
    assert naps == [7.0]
    assert error.value.wait == 21600


@pytest.mark.parametrize(("value", "rest"), [("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", 1.0), ("-5", 1.0)])
def test_a_retry_after_in_the_past_or_of_nonsense_does_no_harm(
    server: HTTPServer, call: Http, naps: Naps, value: str, rest: float
) -> None:
    server.expect_oneshot_request("/x").respond_with_data("", status=503, headers={"Retry-After": value})
    server.expect_request("/x").respond_with_json({})
    assert call.read(get(server)).status == 200
    assert naps == [rest]


def test_silence_is_a_time_out_that_is_tried_again(call: Http, server: HTTPServer, counter: Counter) -> None:
    release = threading.Event()

    def silent(_request: Received) -> Response:
        release.wait(10)
        return Response("{}")

    server.expect_request("/x").respond_with_handler(silent)
    with pytest.raises(Unreachable) as error:
        call.read(get(server))
    release.set()
    assert error.value.params["cause"] == "no answer in time"
    assert not error.value.answered
    assert counter.calls.sophos == 4


def test_a_host_that_is_not_there_is_unreachable_and_says_no_more_than_that(counter: Counter, options: Options) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with pytest.raises(Unreachable) as error:
        http(base, counter, options).read(Request("GET", f"{base}/x?user=api@example.com"))
    assert error.value.params["cause"] == "no connection"
    assert "api@example.com" not in str(error.value)
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        "https://api.sophos.com.example.com/x",
        "http://api.central.sophos.com/x",
        "https://user@api.central.sophos.com/x",
        "https://api.central.sophos.com:8443/x",
        "https://api.central.sophos.com\\@example.com/x",
        "http://127.0.0.1/x",
    ],
)
def test_nothing_goes_to_a_foreign_host(counter: Counter, options: Options, url: str) -> None:
    with pytest.raises(HostNotAllowed):
        http("https://api.central.sophos.com", counter, options).read(Request("GET", url))
    assert counter.calls.sophos == 0


def test_a_loopback_base_never_leads_out(server: HTTPServer, call: Http) -> None:
    with pytest.raises(HostNotAllowed):
        call.read(Request("GET", "https://api.central.sophos.com/x"))


def test_the_guard_before_a_call_can_stop_it(server: HTTPServer, counter: Counter, options: Options) -> None:
    def refuse() -> None:
        raise RuntimeError("a transaction is open")

    guarded = http(server.url_for("").rstrip("/"), counter, dataclasses.replace(options, before_send=refuse))
    with pytest.raises(RuntimeError, match="transaction"):
        guarded.read(get(server))
    assert counter.calls.sophos == 0
    assert server.log == []


def test_loopback_is_never_asked_through_a_proxy(
    server: HTTPServer, counter: Counter, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    server.expect_request("/x").respond_with_json({"direct": True})
    assert http(server.url_for("").rstrip("/"), counter, options).read(get(server)).json() == {"direct": True}


def test_the_vendor_is_asked_through_the_proxy(
    server: HTTPServer, counter: Counter, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url_for("").rstrip("/"))
    server.expect_request("", method="CONNECT").respond_with_data("", status=403)
    with pytest.raises(Unreachable) as error:
        http("https://api.central.sophos.com", counter, options).read(Request("GET", "https://api.central.sophos.com/x"))
    assert error.value.params["cause"] == "the proxy does not let it through"


def test_an_endless_answer_is_cut_off(counter: Counter, options: Options) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, pause=0) as base, pytest.raises(Unreachable) as error:
        http(base, counter, dataclasses.replace(options, tries=1)).read(Request("GET", base))
    assert error.value.params["cause"] == "the answer is too large"
    assert error.value.answered


def test_the_deadline_ends_a_dripping_answer(counter: Counter, options: Options) -> None:
    hurried = dataclasses.replace(options, deadline=time.monotonic() + 0.5)
    begun = time.monotonic()
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause=0.05) as base, pytest.raises(Unreachable):
        http(base, counter, hurried).read(Request("GET", base))
    assert time.monotonic() - begun < 5


def test_neither_request_nor_answer_shows_what_it_holds(server: HTTPServer, call: Http) -> None:
    server.expect_request("/x").respond_with_json({"access_token": "hidden-token"})
    request = Request("GET", server.url_for("/x"), headers={"Secret": "hidden"}, form={"client_secret": "hidden"})
    assert "hidden" not in repr(request) + repr(call.read(request)) + repr(call)


@contextmanager
def dripping(head: bytes, piece: bytes, *, pause: float) -> Iterator[str]:
    """A server that sends ``head`` and then ``piece`` again and again."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            try:
                connection.sendall(head)
                while not stop.wait(pause):
                    connection.sendall(piece)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.close()
        thread.join(10)
