"""Which alert ends the trouble of another."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alert_values import NOON, alert
from webapp.alerts import Alert
from webapp.services.recoveries import PAIRS, detail, is_recovery, recovers

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "sophos" / "recorded"
LATER = NOON + timedelta(minutes=7)
DOWN = alert()
UP = alert(id="up", type="Event::Firewall::FirewallGatewayUp", description="Gateway 'Fibre' is Up", raised_at=LATER)


def key(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def tunnel(child: str, ends: str) -> str:
    return f"HQ - IPSec Connection HQ-1 between 192.0.2.1 and 192.0.2.2 for Child {child} {ends}. (Remote: 192.0.2.2)"


def test_a_gateway_that_is_up_again_ends_its_own_trouble() -> None:
    assert recovers(UP, DOWN)
    assert not recovers(DOWN, UP)


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": "c-2"},
        {"device_id": "another"},
        {"device_id": ""},
        {"raised_at": NOON - timedelta(seconds=1)},
        {"type": "Event::Firewall::FirewallVPNTunnelUp"},
        {"description": "Gateway 'Copper' is Up"},
    ],
)
def test_what_is_about_another_customer_device_time_kind_or_gateway_ends_nothing(change: dict[str, Any]) -> None:
    assert not recovers(replace(UP, **change), DOWN)


def test_case_and_an_equal_moment_do_not_matter() -> None:
    up = replace(UP, type=UP.type.upper(), raised_at=NOON, description="gateway 'FIBRE' is up")
    assert recovers(up, DOWN)


def test_trouble_without_a_device_ends_by_a_recovery_without_one() -> None:
    down = alert(type="Event::Mobile::ApnsCertificateExpired", description="", device_id="")
    up = alert(type="Event::Mobile::ApnsCertificateRenewed", description="", device_id="")
    assert recovers(up, down)


def test_one_tunnel_coming_up_does_not_end_the_trouble_of_another() -> None:
    down = alert(type="Event::Firewall::FirewallVPNTunnelDown", description=tunnel("HQ-2", "terminated"))
    up_type = "Event::Firewall::FirewallVPNTunnelUp"
    assert recovers(alert(type=up_type, description=tunnel("HQ-2", "established")), down)
    assert not recovers(alert(type=up_type, description=tunnel("HQ-3", "established")), down)


def test_what_the_group_keys_name_has_to_be_the_same() -> None:
    down = alert(type="Event::Firewall::FirewallREDTunnelDown", description="", group_key=key("1,Down,7,Branch-A"))
    up = {"type": "Event::Firewall::FirewallREDTunnelUp", "description": ""}
    assert recovers(alert(**up, group_key=key("1,Up,8,branch-a")), down)
    assert recovers(alert(**up, group_key=key("1,Up,8,")), down)
    assert not recovers(alert(**up, group_key=key("1,Up,8,Branch-B")), down)


def test_a_detail_may_hold_commas_and_any_key_has_one_or_none() -> None:
    assert detail(key("1,Type,16,EICAR, the test")) == "eicar, the test"
    assert detail(key("1,Type,16,")) == ""
    assert detail("zazo6UmVuZXdBcGlUb2tlbiwxLA") == ""


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()))
def test_reading_a_detail_never_fails(group_key: str) -> None:
    assert isinstance(detail(group_key), str)


def test_no_type_is_trouble_and_recovery_at_once() -> None:
    troubles = {down for down, _up in PAIRS}
    assert not [each for each in troubles if is_recovery(each)]
    assert all(is_recovery(up.upper()) for _down, up in PAIRS)


def test_a_clean_up_ends_nothing_because_another_file_may_still_be_there() -> None:
    assert not is_recovery("Event::Endpoint::CoreClean")
    assert not is_recovery("Event::Endpoint::Threat::CleanedUp")


def test_recorded_recoveries_are_known() -> None:
    recorded = RECORDED / "iscpp-alert-samples.json"
    if not recorded.is_file():
        pytest.skip("the recordings are not here")
    types = [each["type"] for each in json.loads(recorded.read_text())["firewall"]]
    assert {each for each in types if is_recovery(each)} == {each for each in types if each.endswith("Up")}


sides = st.builds(
    alert,
    customer_id=st.sampled_from(["c-1", "c-2"]),
    device_id=st.sampled_from(["", "d-1", "d-2"]),
    type=st.sampled_from([each for pair in PAIRS[:4] for each in pair]),
    description=st.sampled_from(["", "Gateway 'A' is Up", "Gateway 'A' is Down", "Gateway 'B' is Down"]),
    raised_at=st.sampled_from([NOON, LATER]),
)


@given(sides, sides)
def test_nothing_ends_across_customers_or_devices_or_backwards_in_time(up: Alert, down: Alert) -> None:
    if recovers(up, down):
        assert (up.customer_id, up.device_id) == (down.customer_id, down.device_id)
        assert up.raised_at >= down.raised_at
        assert not recovers(down, up)
