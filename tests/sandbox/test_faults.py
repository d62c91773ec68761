"""Faults that are switched on strike as announced, and only there."""

from __future__ import annotations

import json
import threading
import time
from datetime import date
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import TODAY, Autotask, Sophos
from webapp.sandbox.server import Sandbox

ADJUST = {"host": "autotask", "method": "POST", "path": "ContractServiceAdjustments"}


def test_a_reset_before_applying_changes_nothing(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.faults.add("reset_before", **ADJUST)
    with pytest.raises(requests.ConnectionError, match="reset"):
        autotask.adjust(line, 3)
    assert sandbox.state.units(line, TODAY) == 10
    assert sandbox.state.books.adjustments == []


def test_a_reset_after_applying_leaves_the_change(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.faults.add("reset_after", **ADJUST)
    with pytest.raises(requests.ConnectionError, match="reset"):
        autotask.adjust(line, 3)
    assert sandbox.state.units(line, TODAY) == 13


@pytest.mark.parametrize(
    ("action", "more", "status", "applied"),
    [
        ("status", {"status": 503, "body": {"errors": ["busy"]}}, 503, False),
        ("html", {"status": 502}, 502, False),
        ("status_after", {}, 500, True),
        ("redirect", {}, 302, False),
        ("401", {}, 401, False),
        ("429", {"retry_after": 7}, 429, False),
        ("thread_error", {}, 429, False),
        ("threshold", {}, 429, False),
    ],
)
def test_faults_with_an_answer(
    sandbox: Sandbox, autotask: Autotask, line: int, action: str, more: dict[str, Any], status: int, applied: bool
) -> None:
    sandbox.state.faults.add(action, **ADJUST, **more)
    body = {"contractServiceID": line, "unitChange": 3, "effectiveDate": "2026-11-23"}
    answer = requests.post(
        f"{autotask.base}/ContractServiceAdjustments",
        json=body,
        headers=autotask.headers,
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == status
    assert sandbox.state.units(line, TODAY) == (13 if applied else 10)
    assert answer.headers.get("Retry-After") == ("7" if action == "429" else None)
    assert ("text/html" in answer.headers.get("Content-Type", "")) == (action in ("html", "status_after"))


def test_cut_json_has_its_status_and_half_a_body(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.faults.add("cut_json", **ADJUST)
    answer = autotask.adjust(line, 3)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert sandbox.state.units(line, TODAY) == 13


@pytest.mark.parametrize(("action", "at_once"), [("delay", 10), ("delay_after", 13), ("drop", 13), ("drop_before", 10)])
def test_slow_answers_apply_before_or_after_the_wait(
    sandbox: Sandbox, autotask: Autotask, line: int, action: str, at_once: int
) -> None:
    fault = sandbox.state.faults.add(action, **ADJUST, seconds=20)
    outcome: list[str] = []

    def post() -> None:
        try:
            outcome.append(str(autotask.adjust(line, 3).status_code))
        except requests.ConnectionError:
            outcome.append("reset")

    thread = threading.Thread(target=post)
    thread.start()
    deadline = time.monotonic() + 10
    while not (fault.struck and sandbox.state.units(line, TODAY) == at_once):
        assert time.monotonic() < deadline
        fault.released.wait(0.01)
    assert outcome == []
    sandbox.state.faults.release()
    thread.join()
    assert outcome == ["reset" if action.startswith("drop") else "200"]
    assert sandbox.state.units(line, TODAY) == (10 if action == "drop_before" else 13)


def test_a_client_that_gave_up_may_still_have_changed_something(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    fault = sandbox.state.faults.add("delay", **ADJUST, seconds=20)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{autotask.base}/ContractServiceAdjustments",
            json={"contractServiceID": line, "unitChange": 3, "effectiveDate": "2026-11-23"},
            headers=autotask.headers,
            timeout=0.2,
        )
    assert sandbox.state.units(line, TODAY) == 10
    fault.released.set()
    deadline = time.monotonic() + 10
    while sandbox.state.units(line, date(2026, 11, 23)) != 13:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_a_fault_strikes_from_the_nth_request_and_so_many_times(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.faults.add("html", host="autotask", path="companies", nth=2, times=2)
    found = [autotask.call("GET", "Companies/29683001").status_code for _ in range(4)]
    assert found == [200, 500, 500, 200]
    assert autotask.call("GET", "Contracts/1").status_code == 200


def test_a_fault_can_look_into_the_body(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.faults.add("html", **ADJUST, body_contains=f'"contractServiceID": {line}')
    assert autotask.adjust(line + 1, 1).status_code == 200
    assert autotask.adjust(line, 1).status_code == 500


def test_sophos_hosts_have_faults_of_their_own_kind(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.faults.add("401", host="sophos_id")
    assert sophos.token_answer().json()["errorCode"]
    sandbox.state.faults.clear()
    sandbox.state.faults.add("429", host="sophos_region", retry_after=3)
    answer = sophos.tenant_call("GET", "/common/v1/alerts", amsel)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert sophos.partner_get("/partner/v1/tenants").status_code == 200
    sandbox.state.faults.add("reset_before", host="sophos_api", path="/billing/")
    with pytest.raises(requests.ConnectionError):
        sophos.partner_get("/partner/v1/billing/usage/2026/11")


def test_an_unknown_fault_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown action"):
        sandbox.state.faults.add("explode")
    with pytest.raises(ValueError, match="unknown host"):
        sandbox.state.faults.add("html", host="elsewhere")
