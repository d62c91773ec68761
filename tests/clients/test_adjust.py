"""Posting one adjustment: every way it can end, and what is then known."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.clients.test_autotask import of_sandbox
from tests.clients.test_http import dripping
from tests.sandboxed import TODAY
from webapp.clients.autotask import AutotaskClient, AutotaskCredentials
from webapp.clients.errors import RateLimited
from webapp.clients.http import Counter, Options
from webapp.domain import PostOutcome, PostResult, Zone
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox

PATH = "/ATServicesRest/V1.0/ContractServiceAdjustments"


def client_at(base: str, counter: Counter, options: Options, deadline: float = 2) -> AutotaskClient:
    zone = Zone(f"{base}/ATServicesRest", "Test", base, 1)
    credentials = AutotaskCredentials("api@example.com", "secret", "CODE")
    return AutotaskClient(credentials, base, counter=counter, options=options, zone=zone, post_deadline=deadline)


def post(client: AutotaskClient, line: int = 5, change: int = 3) -> PostOutcome:
    return client.adjust(contract_service_id=line, unit_change=change, effective_date=TODAY)


@pytest.fixture
def client(server: HTTPServer, counter: Counter, options: Options) -> AutotaskClient:
    return client_at(server.url_for("").rstrip("/"), counter, options)


@pytest.fixture
def line(small_sandbox: Sandbox) -> int:
    """A line of the sandbox that stands at 10."""
    company = small_sandbox.state.company_id(SMALL_NAMES[0])
    contract = small_sandbox.state.contract_ids(company)[0]
    service = small_sandbox.state.service_id("CIXA-MSP")
    name = next(row["name"] for row in small_sandbox.state.autotask.tables["Services"].values() if row["id"] == service)
    return small_sandbox.state.contract_service_ids(contract)[name]


def test_a_change_is_posted_once_with_three_fields(server: HTTPServer, client: AutotaskClient, counter: Counter) -> None:
    body = {"contractServiceID": 5, "unitChange": 3, "effectiveDate": "2026-11-23T00:00:00"}
    server.expect_ordered_request(PATH, method="POST", json=body).respond_with_json({"itemId": None})
    assert post(client) == PostOutcome(PostResult.ACCEPTED)
    assert counter.calls.autotask == len(server.log) == 1
    assert server.log[0][0].headers["Connection"] == "close"


def test_the_sandbox_takes_a_change_and_refuses_the_second_of_the_day(
    small_sandbox: Sandbox, line: int, counter: Counter, options: Options
) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    assert post(client, line).result is PostResult.ACCEPTED
    assert post(client, line).result is PostResult.DUPLICATE
    outside = client.adjust(contract_service_id=line, unit_change=1, effective_date=date(2012, 1, 1))
    assert (outside.result, outside.code) == (PostResult.REJECTED, "refused_by_autotask")
    assert "must be between" in outside.text
    assert small_sandbox.state.units(line, on=TODAY) == 13


NO_PERMISSION = "The logged in Resource does not have the adequate permissions to do it"
NO_REFERENCE = "Value does not reference an existing entity for contractServiceID ."
DUPLICATE = "Attempt to insert duplicate data into contract_service_period"
REJECTED, BUSY, UNKNOWN = PostResult.REJECTED, PostResult.BUSY, PostResult.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "result", "code"),
    [
        (200, {"itemId": 12}, PostResult.ACCEPTED, None),
        (200, {}, PostResult.ACCEPTED, None),
        (200, {"errors": ["something odd"]}, UNKNOWN, None),
        (401, None, REJECTED, "credentials_refused"),
        (403, None, REJECTED, "permission_missing"),
        (404, None, REJECTED, "refused_by_autotask"),
        (405, None, REJECTED, "refused_by_autotask"),
        (500, {"errors": [NO_PERMISSION]}, REJECTED, "permission_missing"),
        (500, {"errors": ["IntegrationCode is invalid."]}, REJECTED, "integration_code_invalid"),
        (500, {"errors": [NO_REFERENCE]}, REJECTED, "refused_by_autotask"),
        (500, {"errors": [{"message": DUPLICATE}]}, PostResult.DUPLICATE, "duplicate_date"),
        (500, {"errors": ["Thread Threshold Exceeded"]}, BUSY, "rate_limited"),
        (429, {"errors": ["Itgenatr005"]}, BUSY, "rate_limited"),
        (503, {"errors": ["Thread Threshold Exceeded"]}, BUSY, "rate_limited"),
        (429, None, BUSY, "rate_limited"),
        (500, {"errors": ["Object reference not set to an instance of an object."]}, UNKNOWN, None),
        (500, {"errors": []}, UNKNOWN, None),
        (500, None, UNKNOWN, None),
        (502, None, UNKNOWN, None),
        (409, {"errors": ["who knows"]}, UNKNOWN, None),
        (201, {"itemId": 1}, UNKNOWN, None),
        (204, None, UNKNOWN, None),
    ],
)
def test_each_answer_has_one_meaning(
    server: HTTPServer, client: AutotaskClient, status: int, body: Any, result: PostResult, code: str | None
) -> None:
    if body is None:
        server.expect_request(PATH).respond_with_data("", status=status)
    else:
        server.expect_request(PATH).respond_with_json(body, status=status)
    outcome = post(client)
    assert (outcome.result, outcome.code) == (result, code)
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>fine</html>"), (200, '{"itemId": nu'), (200, "[]"), (200, "null"), (429, "<html>")]
)
def test_an_answer_that_is_no_json_object_proves_nothing(
    server: HTTPServer, client: AutotaskClient, status: int, body: str
) -> None:
    server.expect_request(PATH).respond_with_data(body, status=status, content_type="application/json")
    outcome = post(client)
    assert (outcome.result, outcome.answered) == (PostResult.UNKNOWN, status == 200)
    assert f"HTTP {status}" in outcome.text


@pytest.mark.parametrize(
    ("status", "body", "answered"),
    [
        (500, '{"errors": ["who knows"]}', True),
        (500, '{"errors": []}', False),
        (500, "", False),
        (503, "<html>Service Unavailable</html>", False),
        (201, '{"itemId": 1}', True),
    ],
)
def test_only_a_text_of_its_own_is_autotasks_answer_to_a_failed_post(
    server: HTTPServer, client: AutotaskClient, status: int, body: str, answered: bool
) -> None:
    server.expect_request(PATH).respond_with_data(body, status=status)
    outcome = post(client)
    assert (outcome.result, outcome.answered) == (PostResult.UNKNOWN, answered)


def test_a_redirect_is_not_followed(server: HTTPServer, client: AutotaskClient) -> None:
    server.expect_request(PATH).respond_with_data("", status=307, headers={"Location": server.url_for("/other")})
    assert post(client).result is PostResult.UNKNOWN
    assert len(server.log) == 1


def test_a_post_that_was_never_sent_is_known_as_such(counter: Counter, options: Options) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = post(client_at(f"http://127.0.0.1:{port}", counter, options))
    assert (outcome.result, outcome.answered, outcome.code) == (PostResult.NOT_SENT, False, "unreachable")


def test_a_failed_tls_handshake_sent_nothing(counter: Counter, options: Options) -> None:
    with dripping(b"HTTP/1.1 400 no TLS here\r\n\r\n", b"x", pause=0.01) as base:
        outcome = post(client_at(base.replace("http://", "https://"), counter, options))
    assert outcome.result is PostResult.NOT_SENT


def test_a_foreign_host_is_not_posted_to(server: HTTPServer, counter: Counter, options: Options) -> None:
    zone = Zone("https://webservices5.autotask.net/ATServicesRest", "x", "", 1)
    base = server.url_for("").rstrip("/")
    client = AutotaskClient(AutotaskCredentials("a", "b", "c"), base, counter=counter, options=options, zone=zone)
    outcome = post(client)
    assert (outcome.result, outcome.code) == (PostResult.NOT_SENT, "host_not_allowed")
    assert counter.calls.autotask == 0


@pytest.mark.parametrize(
    ("fault", "applied"), [("reset_before", False), ("reset_after", True), ("drop", True), ("drop_before", False)]
)
def test_without_an_answer_nothing_is_known(
    small_sandbox: Sandbox, line: int, counter: Counter, options: Options, fault: str, applied: bool
) -> None:
    credentials = AutotaskCredentials(**small_sandbox.credentials()["autotask"])
    client = AutotaskClient(
        credentials, small_sandbox.environment()["AUTOTASK_ZONE_URL"], counter=counter, options=options, post_deadline=0.5
    )
    client.zone()
    small_sandbox.state.faults.add(fault, host="autotask", path="Adjustments")
    outcome = post(client, line)
    small_sandbox.state.faults.clear()
    assert (outcome.result, outcome.answered) == (PostResult.UNKNOWN, False)
    assert small_sandbox.state.books.calls("autotask", "adjustments") == 1
    assert small_sandbox.state.units(line, on=TODAY) == (13 if applied else 10)


@pytest.mark.parametrize("fault", ["cut_json", "status_after", "html"])
def test_a_broken_answer_is_unknown(small_sandbox: Sandbox, line: int, counter: Counter, options: Options, fault: str) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    client.zone()
    small_sandbox.state.faults.add(fault, host="autotask", path="Adjustments")
    assert post(client, line).result is PostResult.UNKNOWN


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"itemId":'])
def test_the_deadline_holds_while_the_answer_drips(counter: Counter, options: Options, head: bytes) -> None:
    begun = time.monotonic()
    with dripping(head, b" ", pause=0.05) as base:
        outcome = post(client_at(base, counter, dataclasses.replace(options, read_timeout=30), deadline=0.6))
    assert (outcome.result, outcome.answered) == (PostResult.UNKNOWN, False)
    assert outcome.text == "the answer takes too long"
    assert 0.5 < time.monotonic() - begun < 3


def test_each_post_has_a_connection_of_its_own(counter: Counter, options: Options) -> None:
    ports: list[int] = []
    listener = socket.create_server(("127.0.0.1", 0))
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"itemId":null}'

    def serve() -> None:
        for _number in range(2):
            connection, peer = listener.accept()
            ports.append(peer[1])
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    client = client_at(f"http://127.0.0.1:{listener.getsockname()[1]}", counter, options)
    assert [post(client).result for _number in range(2)] == [PostResult.ACCEPTED] * 2
    thread.join(5)
    listener.close()
    assert len(set(ports)) == 2


def test_no_free_slot_means_nothing_was_sent(server: HTTPServer, counter: Counter, options: Options) -> None:
    class Full:
        def slot(self, endpoint: str, *, wait: float | None = None) -> Any:
            raise RateLimited("Autotask")

    client = client_at(server.url_for("").rstrip("/"), counter, dataclasses.replace(options, throttle=Full()))
    outcome = post(client)
    assert (outcome.result, outcome.code) == (PostResult.NOT_SENT, "rate_limited")
    assert server.log == []
