"""Alerts on the regional hosts of the Sophos stand-in."""

from __future__ import annotations

import base64
from typing import Any

from tests.sandbox.conftest import Sophos
from webapp.sandbox.server import Sandbox

ALERTS = "/common/v1/alerts"


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


def test_open_alerts_are_listed_searched_and_found(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    first = sandbox.state.add_alert(customer_id=amsel, severity="high", raised_at="2026-11-20T08:00:00.000Z")
    second = sandbox.state.add_alert(
        customer_id=amsel, severity="low", product="firewall", device=None, raised_at="2026-11-21T08:00:00.000Z"
    )
    sandbox.state.add_alert(customer_id=sandbox.state.customer_id("Falk Praxis"))
    assert ids(sophos.tenant_call("GET", ALERTS, amsel)) == [first, second]
    assert ids(sophos.tenant_call("GET", ALERTS, amsel, severity="high,medium")) == [first]
    assert ids(sophos.tenant_call("GET", ALERTS, amsel, **{"from": "2026-11-21T00:00:00Z"})) == [second]
    assert ids(sophos.tenant_call("GET", ALERTS, amsel, to="2026-11-21T08:00:00Z")) == [first]
    body = {"product": ["firewall"], "sort": ["raisedAt:desc"], "pageSize": 1, "pageTotal": True}
    found = sophos.tenant_call("POST", f"{ALERTS}/search", amsel, body=body)
    assert ids(found) == [second]
    assert found.json()["pages"] == {"size": 1, "maxSize": 100, "total": 1, "items": 1}
    one = sophos.tenant_call("GET", f"{ALERTS}/{second}", amsel).json()
    assert one["managedAgent"] == {}
    assert one["tenant"] == {"id": amsel, "name": "Amsel Bau GmbH"}


def test_the_group_key_is_unpadded_base64(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.add_alert(customer_id=amsel, device="PC-07")
    key = sophos.tenant_call("GET", ALERTS, amsel).json()["items"][0]["groupKey"]
    assert not key.endswith("=")
    assert base64.b64decode(key + "=" * (-len(key) % 4)).decode() == "1,Event::Endpoint::SavDisabled,513,PC-07"
    assert len(ids(sophos.tenant_call("GET", ALERTS, amsel, groupKey=key))) == 1


def test_pages_of_alerts_follow_by_key(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    for number in range(5):
        sandbox.state.add_alert(customer_id=amsel, device=f"PC-{number}")
    page = sophos.tenant_call("GET", ALERTS, amsel, pageSize=3).json()
    rest = sophos.tenant_call("GET", ALERTS, amsel, pageSize=3, pageFromKey=page["pages"]["nextKey"]).json()
    assert (len(page["items"]), len(rest["items"])) == (3, 2)
    assert "nextKey" not in rest["pages"]


def test_acknowledging_ends_at_once_and_closes_the_alert(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    alert = sandbox.state.add_alert(customer_id=amsel)
    path = f"{ALERTS}/{alert}/actions"
    done = sophos.tenant_call("POST", path, amsel, body={"action": "acknowledge", "message": "seen"})
    assert done.status_code == 201
    assert (done.json()["status"], done.json()["alertId"]) == ("completed", alert)
    assert ids(sophos.tenant_call("GET", ALERTS, amsel)) == []
    for method, address in (("GET", f"{ALERTS}/{alert}"), ("POST", path)):
        again = sophos.tenant_call(method, address, amsel, body={"action": "acknowledge"} if method == "POST" else None)
        assert (again.status_code, again.json()["error"]) == (404, "resourceNotFound")


def test_other_actions_are_only_requested(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    alert = sandbox.state.add_alert(customer_id=amsel, allowed_actions=("clearThreat",))
    done = sophos.tenant_call("POST", f"{ALERTS}/{alert}/actions", amsel, body={"action": "clearThreat"})
    assert (done.status_code, done.json()["status"]) == (201, "requested")
    assert ids(sophos.tenant_call("GET", ALERTS, amsel)) == [alert]
    refused = sophos.tenant_call("POST", f"{ALERTS}/{alert}/actions", amsel, body={"action": "acknowledge"})
    assert refused.status_code == 400


def test_a_customer_answers_only_in_its_own_region(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    answer = sophos.tenant_call("GET", ALERTS, amsel, host="sophos_us03")
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert answer.json()["createdAt"]
    clarke = sandbox.state.customer_id("Clarke Ltd")
    assert sophos.tenant_call("GET", ALERTS, clarke, host="sophos_eu01").status_code == 200
    assert sophos.tenant_call("GET", ALERTS, clarke).status_code == 403


def test_an_unknown_customer_is_401_and_a_closed_one_403(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    assert sophos.tenant_call("GET", ALERTS, "").status_code == 401
    assert sophos.tenant_call("GET", ALERTS, "00000000-0000-4000-8000-000000000000").status_code == 401
    sandbox.state.switches.forbidden_customers.add(amsel)
    answer = sophos.tenant_call("GET", ALERTS, amsel)
    assert (answer.status_code, answer.json()["error"], answer.json()["message"]) == (
        403,
        "forbidden",
        "Access is denied",
    )


def test_sorting_can_be_refused_as_by_some_tenants(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    assert sophos.tenant_call("GET", ALERTS, amsel, sort="raisedAt:desc").status_code == 200
    sandbox.state.switches.alert_sort_refused = True
    assert sophos.tenant_call("GET", ALERTS, amsel, sort="raisedAt:desc").status_code == 400
