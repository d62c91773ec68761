"""Zone, credentials and limits of the Autotask stand-in."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.sandbox.conftest import Autotask
from webapp.sandbox.server import Sandbox


def zone(sandbox: Sandbox, path: str = "/atservicesrest/v1.0/zoneInformation", **query: str) -> requests.Response:
    return requests.get(sandbox.state.urls["autotask_zone"] + path, params=query, timeout=10)


@pytest.mark.parametrize("path", ["/atservicesrest/v1.0/zoneInformation", "/ATServicesRest/V1.0/ZoneInformation"])
def test_the_zone_is_told_without_authentication(sandbox: Sandbox, path: str) -> None:
    answer = zone(sandbox, path, user=sandbox.credentials()["autotask"]["username"])
    assert answer.status_code == 200
    assert answer.json()["url"] == sandbox.state.urls["autotask"] + "/ATServicesRest/"


@pytest.mark.parametrize("user", [{}, {"user": ""}, {"user": "someone@else.example"}])
def test_an_unknown_user_has_no_zone(sandbox: Sandbox, user: dict[str, str]) -> None:
    answer = zone(sandbox, **user)
    assert (answer.status_code, answer.json()) == (500, {"errors": ["Zone information could not be determined"]})


def test_wrong_credentials_are_401_without_a_body(autotask: Autotask) -> None:
    for name in ("UserName", "Secret"):
        kept = autotask.headers[name]
        for wrong in ("wrong", None):
            autotask.headers[name] = wrong  # type: ignore[assignment]
            answer = autotask.call("GET", "ThresholdInformation")
            assert (answer.status_code, answer.content) == (401, b"")
        autotask.headers[name] = kept


def test_a_wrong_tracking_identifier_is_500(autotask: Autotask) -> None:
    autotask.headers["ApiIntegrationCode"] = "WRONG"
    answer = autotask.call("GET", "ThresholdInformation")
    assert (answer.status_code, answer.json()) == (500, {"errors": ["IntegrationCode is invalid."]})


def test_repeated_wrong_secrets_lock_the_account(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.switches.lockout_after = 2
    right = autotask.headers["Secret"]
    autotask.headers["Secret"] = "wrong"
    assert {autotask.call("GET", "ThresholdInformation").status_code for _ in range(2)} == {401}
    autotask.headers["Secret"] = right
    assert autotask.call("GET", "ThresholdInformation").status_code == 401


def test_the_threshold_counts_every_call_itself_included(sandbox: Sandbox, autotask: Autotask) -> None:
    autotask.query("Companies")
    first = autotask.call("GET", "ThresholdInformation").json()
    assert first == {
        "externalRequestThreshold": 10_000,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 2,
    }
    sandbox.state.switches.other_calls = 9_000
    assert autotask.call("GET", "ThresholdInformation").json()["currentTimeframeRequestCount"] == 9_003
    sandbox.state.switches.other_calls = 10_000
    assert autotask.call("GET", "ThresholdInformation").status_code == 429


@pytest.mark.parametrize("status", [429, 500])
def test_a_fourth_request_at_once_on_one_entity_is_refused(sandbox: Sandbox, autotask: Autotask, status: int) -> None:
    sandbox.state.switches.thread_status = status
    hold = sandbox.state.faults.add("delay", host="autotask", path="Companies", seconds=20)
    waiting = [threading.Thread(target=autotask.query, args=("Companies",)) for _ in range(3)]
    for thread in waiting:
        thread.start()
    while hold.struck < 3:
        hold.released.wait(0.01)
    refused = autotask.call("GET", "Companies/29683001")
    assert refused.status_code == status
    assert "Thread Threshold Exceeded" in refused.json()["errors"][0]
    assert "Itgenatr005" in refused.json()["errors"][0]
    assert autotask.call("GET", "Contracts/1").status_code == 200
    sandbox.state.faults.release()
    for thread in waiting:
        thread.join()
    sandbox.state.faults.clear()
    assert autotask.call("GET", "Companies/29683001").status_code == 200
    assert sandbox.state.books.peak["Companies"] == 4
