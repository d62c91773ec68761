"""Alerts as they really come: with gaps, long, old, repeated, and with a credential that may only look."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import Sophos
from webapp.sandbox.server import Sandbox

ALERTS = "/common/v1/alerts"
ACKNOWLEDGE = {"action": "acknowledge"}


def items(sophos: Sophos, customer: str, **query: Any) -> list[dict[str, Any]]:
    answer = sophos.tenant_call("GET", ALERTS, customer, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_what_an_alert_does_not_have_is_left_out(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    nothing: dict[str, Any] = {"description": None, "severity": None, "category": None, "product": None, "type": None}
    sandbox.state.add_alert(customer_id=amsel, device=None, person=None, group="", allowed_actions=(), **nothing)
    (item,) = items(sophos, amsel)
    assert item.keys() == {"id", "allowedActions", "managedAgent", "raisedAt", "tenant"}
    assert (item["managedAgent"], item["allowedActions"]) == ({}, [])
    assert items(sophos, amsel, severity="high") == []


def test_long_texts_and_values_never_seen_before_come_through(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    text = '<a href="https://support.example/1">1</a> C:\\Users\\x ' + "ä" * 7_950
    sandbox.state.add_alert(
        customer_id=amsel,
        description=text,
        severity="critical",
        category="quantum",
        product="toaster",
        type="Event::Toaster::Burnt",
        allowed_actions=("acknowledge", "rebootToaster"),
        extra={"managedAgent": {"id": "x", "type": "xgFirewall"}, "tenant": {"id": amsel, "name": "A", "dataRegion": "eu02"}},
    )
    (item,) = items(sophos, amsel, severity="critical")
    assert item["description"] == text
    assert (item["category"], item["product"], item["allowedActions"][1]) == ("quantum", "toaster", "rebootToaster")
    assert item["managedAgent"] == {"id": "x", "type": "xgFirewall"}


def test_the_same_trouble_has_the_same_group_key_and_its_own_id(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    for device in ("PC-07", "PC-07", "PC-08"):
        sandbox.state.add_alert(customer_id=amsel, device=device)
    sandbox.state.add_alert(customer_id=amsel, group="2,Event::X,7,detail")
    found = items(sophos, amsel)
    assert len({item["id"] for item in found}) == 4
    keys = [item["groupKey"] for item in found]
    assert sorted(keys.count(key) for key in set(keys)) == [1, 1, 2]
    decoded = {base64.b64decode(key + "=" * (-len(key) % 4)).decode() for key in keys}
    assert "2,Event::X,7,detail" in decoded


def test_an_alert_vanishes_by_itself_after_ninety_days(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    now = sandbox.state.now()
    young = sandbox.state.add_alert(customer_id=amsel, raised_at=now - timedelta(days=89))
    old = sandbox.state.add_alert(customer_id=amsel, raised_at=now - timedelta(days=90))
    assert [item["id"] for item in items(sophos, amsel)] == [young]
    gone = sophos.tenant_call("GET", f"{ALERTS}/{old}", amsel)
    assert (gone.status_code, gone.json()["error"]) == (404, "resourceNotFound")
    assert sophos.tenant_call("POST", f"{ALERTS}/{old}/actions", amsel, body=ACKNOWLEDGE).status_code == 404


def test_a_credential_without_the_role_may_look_but_not_act(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    alert = sandbox.state.add_alert(customer_id=amsel)
    sandbox.state.switches.acknowledge_forbidden = True
    for alert_id in (alert, "00000000-0000-4000-8000-000000000000"):
        answer = sophos.tenant_call("POST", f"{ALERTS}/{alert_id}/actions", amsel, body=ACKNOWLEDGE)
        assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert [item["id"] for item in items(sophos, amsel)] == [alert]
    assert sandbox.state.books.acknowledged == []


def test_a_customer_can_refuse_its_alerts_alone(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.switches.alerts_forbidden.add(amsel)
    assert sophos.tenant_call("GET", ALERTS, amsel).status_code == 403
    assert sophos.tenant_call("GET", "/licenses/v1/licenses", amsel, host="sophos_api").status_code == 200


def test_ids_in_upper_case_and_moments_without_a_zone_are_switches(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    alert = sandbox.state.add_alert(customer_id=amsel)
    assert items(sophos, amsel)[0]["id"] == alert == alert.lower()
    assert items(sophos, amsel)[0]["raisedAt"].endswith("Z")
    sandbox.state.switches.update({"upper_case_alert_ids": True, "raised_at_without_zone": True})
    (item,) = items(sophos, amsel)
    assert item["id"] == alert.upper()
    assert item["raisedAt"].startswith("2026-11-23T12:00")
    assert not item["raisedAt"].endswith("Z")
    assert items(sophos, amsel, ids=item["id"])[0]["id"] == item["id"]
    done = sophos.tenant_call("POST", f"{ALERTS}/{item['id']}/actions", amsel, body=ACKNOWLEDGE)
    assert (done.status_code, done.json()["alertId"]) == (201, item["id"])
    assert items(sophos, amsel) == []


def test_pages_name_their_sizes_and_totals(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.burst(7, amsel)
    sandbox.state.switches.alerts_page_max = 5
    first = sophos.tenant_call("GET", ALERTS, amsel, pageSize=1000, pageTotal="true").json()["pages"]
    key = first.pop("nextKey")
    assert first == {"size": 5, "maxSize": 5, "total": 2, "items": 7}
    last = sophos.tenant_call("GET", ALERTS, amsel, pageSize=5, pageFromKey=key).json()
    assert (len(last["items"]), last["pages"]) == (2, {"size": 5, "maxSize": 5, "fromKey": key})


@pytest.mark.parametrize(("fault", "gone"), [("reset_before", False), ("reset_after", True), ("status_after", True)])
def test_the_books_know_whether_an_acknowledgement_took_effect(
    sandbox: Sandbox, sophos: Sophos, amsel: str, fault: str, gone: bool
) -> None:
    alert = sandbox.state.add_alert(customer_id=amsel)
    sandbox.state.faults.add(fault, host="sophos_region", method="POST", path="/actions", times=1)
    try:
        sophos.tenant_call("POST", f"{ALERTS}/{alert}/actions", amsel, body=ACKNOWLEDGE)
    except OSError:
        assert fault.startswith("reset")
    assert [item.alert_id for item in sandbox.state.books.acknowledged] == ([alert] if gone else [])
    again = sophos.tenant_call("POST", f"{ALERTS}/{alert}/actions", amsel, body=ACKNOWLEDGE)
    assert again.status_code == (404 if gone else 201)
    assert len(sandbox.state.books.acknowledged) == 1
