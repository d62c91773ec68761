"""Putting a service on a contract: one POST on the contract's own route, with two fields and never a price."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from tests.clients.test_adjust import client_at
from tests.clients.test_autotask import of_sandbox
from webapp.clients.autotask import AutotaskClient
from webapp.clients.http import Counter, Options
from webapp.domain import PostResult
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox

PATH = "/ATServicesRest/V1.0/Contracts/30001/Services"


@pytest.fixture
def client(server: HTTPServer, counter: Counter, options: Options) -> AutotaskClient:
    return client_at(server.url_for("").rstrip("/"), counter, options)


def test_a_line_is_added_once_with_two_fields(server: HTTPServer, client: AutotaskClient, counter: Counter) -> None:
    body = {"contractID": 30001, "serviceID": 201}
    server.expect_ordered_request(PATH, method="POST", json=body).respond_with_json({"itemId": 501})
    assert client.add_line(contract_id=30001, service_id=201).result is PostResult.ACCEPTED
    assert counter.calls.autotask == len(server.log) == 1


@pytest.mark.parametrize(
    ("status", "said", "result"),
    [
        (500, "Reference value on field: serviceID of type: Service does not exist or is invalid.", PostResult.REJECTED),
        (500, "The logged in Resource does not have the adequate permissions.", PostResult.REJECTED),
        (500, "Object reference not set to an instance of an object.", PostResult.UNKNOWN),
        (404, "", PostResult.REJECTED),
        (500, "thread threshold exceeded", PostResult.BUSY),
    ],
)
def test_its_outcome_is_told_as_that_of_an_adjustment(
    server: HTTPServer, client: AutotaskClient, status: int, said: str, result: PostResult
) -> None:
    server.expect_request(PATH, method="POST").respond_with_json({"errors": [said] if said else []}, status=status)
    assert client.add_line(contract_id=30001, service_id=201).result is result


def test_what_is_late_is_not_sent(server: HTTPServer, client: AutotaskClient) -> None:
    found = client.add_line(contract_id=30001, service_id=201, timely=lambda: False)
    assert (found.result, len(server.log)) == (PostResult.NOT_SENT, 0)


def test_the_sandbox_makes_a_line_without_units(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    state = small_sandbox.state
    contract = state.contract_ids(state.company_id(SMALL_NAMES[0]))[0]
    service = state.add_service(name="A new service", unit_price=4.0)
    client = of_sandbox(small_sandbox, counter, options)
    assert client.add_line(contract_id=contract, service_id=service).result is PostResult.ACCEPTED
    line = state.contract_service_ids(contract)["A new service"]
    assert state.units(line, state.today()) == 0
    assert state.books.adjustments == []
