"""Alerts that come by themselves: kinds, repeats, bursts, and troubles that end."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Sophos
from webapp.sandbox.server import Sandbox

DOWN, UP = "Event::Firewall::FirewallGatewayDown", "Event::Firewall::FirewallGatewayUp"


def test_a_burst_is_for_one_customer_and_repeats_some_troubles(sandbox: Sandbox) -> None:
    made = sandbox.state.burst()
    alerts = sandbox.state.alerts()
    assert len(made) == len(alerts) == 30
    assert len({alert["tenant"]["id"] for alert in alerts}) == 1
    assert len({alert["groupKey"] for alert in alerts}) < 30
    assert len({alert["type"] for alert in alerts}) == 10


def test_no_alert_comes_for_a_customer_that_cannot_be_read(sandbox: Sandbox, amsel: str) -> None:
    state = sandbox.state
    state.switches.alerts_forbidden |= set(state.sophos.customers) - {amsel}
    state.raise_alerts(8)
    assert {alert["tenant"]["id"] for alert in state.alerts()} == {amsel}
    state.switches.alerts_forbidden.add(amsel)
    assert (state.raise_alerts(3), state.burst()) == ([], [])


def test_a_trouble_that_ends_is_told_once_for_the_same_device(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    state = sandbox.state
    down = state.add_alert(customer_id=amsel, type=DOWN, product="firewall", category="connectivity", device="FW-01")
    other = state.add_alert(customer_id=amsel, type=DOWN, product="firewall", category="connectivity", device="FW-02")
    state.add_alert(customer_id=amsel, type=DOWN, product="firewall", category="connectivity", device="FW-02")
    state.add_alert(customer_id=amsel, device="PC-01", type="Event::Endpoint::CloneDetected")
    (up,) = state.recover_alerts(1)
    shown = {item["id"]: item for item in sophos.tenant_call("GET", "/common/v1/alerts", amsel).json()["items"]}
    assert shown[up]["type"] == UP
    assert shown[up]["managedAgent"] == shown[down]["managedAgent"]
    assert (shown[up]["severity"], shown[up]["category"]) == ("low", "connectivity")
    assert down in shown
    (second,) = state.recover_alerts()
    assert state.alerts()[-1]["managedAgent"]["name"] == "FW-02"
    assert state.recover_alerts() == []
    with pytest.raises(LookupError):
        state.recover_alerts(alert_id=other)
    state.remove_alert(alert_id=second)
    assert len(state.recover_alerts(alert_id=other)) == 1
