"""Token, whoami, customers, billing usage and licences of the Sophos stand-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import TODAY, Sophos
from webapp.sandbox.server import Sandbox

USAGE = "/partner/v1/billing/usage"


def every(sophos: Sophos, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a key-paged list."""
    items: list[dict[str, Any]] = []
    for _ in range(50):
        page = sophos.partner_get(path, **query).json()
        items += page["items"]
        key = page["pages"].get("nextKey")
        if not key or not page["items"]:
            return items
        query["pageFromKey"] = key
    raise AssertionError("the pages do not end")


def test_a_token_is_given_for_a_form_and_not_for_json(sandbox: Sandbox, sophos: Sophos) -> None:
    answer = sophos.token_answer()
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 3600)
    form = {"grant_type": "client_credentials", "scope": "token", **sophos.client}
    url = f"{sandbox.state.urls['sophos_id']}/api/v2/oauth2/token"
    refused = requests.post(url, json=form, timeout=10)
    assert refused.status_code == 400
    assert refused.json().keys() == {"errorCode", "message", "trackingId"}


def test_a_token_can_be_refreshed_with_json(sandbox: Sandbox, sophos: Sophos) -> None:
    body = {
        "grant_type": "refresh_token",
        **sophos.client,
        "refresh_token": sophos.token_answer().json()["refresh_token"],
    }
    answer = requests.post(f"{sandbox.state.urls['sophos_id']}/api/v2/oauth2/token", json=body, timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "oauth.invalid_client_secret"),
        ({"client_id": "nobody"}, 401, "oauth.client_app_does_not_exist"),
        ({"scope": ""}, 400, "customer.validation"),
        ({"grant_type": "password"}, 400, "customer.validation"),
    ],
)
def test_wrong_credentials_have_their_error_codes(sophos: Sophos, change: dict[str, str], status: int, code: str) -> None:
    answer = sophos.token_answer(**change)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)


def test_tokens_die_after_an_hour_or_at_will(sandbox: Sandbox, sophos: Sophos) -> None:
    assert sophos.partner_get("/partner/v1/tenants").status_code == 200
    sandbox.state.expire_tokens()
    assert sophos.partner_get("/partner/v1/tenants").status_code == 401
    moment = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    other = Sandbox(seed="empty", today=lambda: TODAY, now=lambda: moment[0])
    other.start()
    caller = Sophos(other)
    assert caller.partner_get("/whoami/v1").status_code == 200
    moment[0] += timedelta(seconds=3600)
    assert caller.partner_get("/whoami/v1").status_code == 401
    other.stop()


def test_whoami_of_a_partner_has_no_region_and_an_upper_case_id(sandbox: Sandbox, sophos: Sophos) -> None:
    answer = sophos.partner_get("/whoami/v1").json()
    assert answer == {
        "id": sophos.partner.upper(),
        "idType": "partner",
        "apiHosts": {"global": sandbox.state.urls["sophos_api"]},
    }
    sandbox.state.switches.who_id_type = "tenant"
    assert sophos.partner_get("/whoami/v1").json()["apiHosts"]["dataRegion"] == sandbox.state.urls["sophos_eu02"]
    sandbox.state.switches.who_id_type = "organization"
    assert sophos.partner_get("/whoami/v1").json()["idType"] == "organization"


@pytest.mark.parametrize("header", [{}, {"X-Partner-ID": "6d4c2f0e-0000-4000-8000-000000000000"}])
def test_a_missing_or_wrong_identity_header_is_401(sandbox: Sandbox, sophos: Sophos, header: dict[str, str]) -> None:
    url = f"{sandbox.state.urls['sophos_api']}/partner/v1/tenants"
    answer = requests.get(url, headers=sophos.headers(**header), timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    without = requests.get(url, headers={"X-Partner-ID": sophos.partner}, timeout=10)
    assert without.status_code == 401


def test_the_partner_id_is_compared_without_case(sandbox: Sandbox, sophos: Sophos) -> None:
    sophos.partner = sophos.partner.upper()
    assert sophos.partner_get("/partner/v1/tenants").status_code == 200


def test_customers_come_in_numbered_pages(sandbox: Sandbox, sophos: Sophos) -> None:
    for number in range(120):
        sandbox.state.add_customer(name=f"Kunde {number:03d}")
    first = sophos.partner_get("/partner/v1/tenants", pageSize=100, pageTotal="true").json()
    assert first["pages"] == {"current": 1, "size": 100, "maxSize": 100, "total": 2, "items": 126}
    second = sophos.partner_get("/partner/v1/tenants", pageSize=100, page=2).json()
    assert len(second["items"]) == 26
    assert second["pages"] == {"current": 2, "size": 100, "maxSize": 100}
    assert sophos.partner_get("/partner/v1/tenants", page=9).json()["items"] == []
    assert sophos.partner_get("/partner/v1/tenants").json()["pages"]["size"] == 50
    assert sophos.partner_get("/partner/v1/tenants", pageSize=101).json()["pages"]["size"] == 100
    sandbox.state.switches.oversize_page = "refuse"
    assert sophos.partner_get("/partner/v1/tenants", pageSize=101).status_code == 400
    assert sophos.partner_get("/partner/v1/tenants", page="x").status_code == 400


def test_one_customer_is_found_by_id(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    answer = sophos.partner_get(f"/partner/v1/tenants/{amsel.upper()}").json()
    assert (answer["name"], answer["apiHost"]) == ("Amsel Bau GmbH", sandbox.state.urls["sophos_eu02"])
    gone = sophos.partner_get("/partner/v1/tenants/00000000-0000-4000-8000-000000000000")
    assert (gone.status_code, gone.json()["error"]) == (404, "resourceNotFound")


def test_a_customer_that_was_never_activated_has_no_host(sandbox: Sandbox, sophos: Sophos) -> None:
    made = sandbox.state.add_customer(name="Neu", api_host=False)
    assert "apiHost" not in sophos.partner_get(f"/partner/v1/tenants/{made}").json()


def test_usage_comes_in_keyed_pages(sandbox: Sandbox, sophos: Sophos) -> None:
    assert len(every(sophos, f"{USAGE}/2026/11")) == 18
    items = every(sophos, f"{USAGE}/2026/11", pageSize=7)
    assert len({(item["accountId"], item["productCode"]) for item in items}) == 18
    page = sophos.partner_get(f"{USAGE}/2026/11", pageSize=7, pageTotal="true").json()
    assert page["pages"] | {"nextKey": ""} == {"size": 7, "maxSize": 1000, "nextKey": "", "total": 3, "items": 18}
    assert sophos.partner_get(f"{USAGE}/2026/11", pageFromKey=page["pages"]["nextKey"]).json()["pages"]["fromKey"]


def test_the_last_page_can_carry_a_key_that_leads_nowhere(sandbox: Sandbox, sophos: Sophos) -> None:
    sandbox.state.switches.trailing_key = True
    page = sophos.partner_get(f"{USAGE}/2026/11").json()
    after = sophos.partner_get(f"{USAGE}/2026/11", pageFromKey=page["pages"]["nextKey"]).json()
    assert after["items"] == []
    assert "nextKey" not in after["pages"]


def test_an_unknown_key_is_refused(sophos: Sophos) -> None:
    answer = sophos.partner_get(f"{USAGE}/2026/11", pageFromKey="nonsense")
    assert (answer.status_code, answer.json()["error"], answer.json()["message"]) == (
        400,
        "badRequest",
        "Invalid page key",
    )


@pytest.mark.parametrize(
    ("month", "status"),
    [
        ("2026/11", 200),
        ("2026/10", 200),
        ("2026/09", 404),
        ("2026/9", 404),
        ("2026/12", 404),
        ("2027/1", 404),
        ("2026/13", 400),
        ("2026/0", 400),
        ("2026/xi", 400),
        ("26/11", 400),
    ],
)
def test_months_with_data_without_data_and_that_are_none(sophos: Sophos, month: str, status: int) -> None:
    answer = sophos.partner_get(f"{USAGE}/{month}")
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"] in ("resourceNotFound", "badRequest")


def test_a_month_is_understood_with_and_without_its_zero(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.set_usage(customer_id=amsel, product_code="CIXA-MSP", billable=4, month="2026-04")
    for month in ("4", "04"):
        assert len(sophos.partner_get(f"{USAGE}/2026/{month}").json()["items"]) == 1


def test_usage_can_be_asked_for_some_customers(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    other = sandbox.state.customer_id("Falk Praxis")
    items = every(sophos, f"{USAGE}/2026/11", accountId=f"{amsel},{other}")
    assert {item["accountId"] for item in items} == {amsel, other}
    assert len(items) == 6


def test_usage_lines_come_as_they_are_set(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    state = sandbox.state
    state.set_usage(customer_id=amsel, product_code="CIXA-MSP", billable=11, actual=13)
    state.set_usage(customer_id=amsel, product_code="CIXA-MSP", billable=2, order_line=2, prices=False)
    state.set_usage(customer_id=amsel, product_code="CDE-MSP", billable=None)
    state.set_usage(customer_id=None, product_code="CW7-SUP-MSP", billable=1)
    items = every(sophos, f"{USAGE}/2026/11")
    mine = [item for item in items if item.get("accountId") == amsel and item["productCode"] == "CIXA-MSP"]
    assert [(item["billableQuantity"], item["actualQuantity"]) for item in mine] == [(11, 13), (2, 2)]
    assert isinstance(mine[0]["unitPrice"], str)
    assert "unitPrice" not in mine[1]
    assert [item["productCode"] for item in items if "accountId" not in item] == ["CW7-SUP-MSP"]
    assert not [item for item in items if item.get("accountId") == amsel and item["productCode"] == "CDE-MSP"]


def test_licences_are_asked_for_per_customer(sandbox: Sandbox, sophos: Sophos, amsel: str) -> None:
    sandbox.state.add_licence(customer_id=amsel, product_code="CIXA-MSP", quantity=25)
    sandbox.state.add_firewall(customer_id=amsel, serial="X1")
    url = sandbox.state.urls["sophos_api"]
    headers = sophos.headers(**{"X-Tenant-ID": amsel})
    answer = requests.get(f"{url}/licenses/v1/licenses", headers=headers, timeout=10).json()
    assert (answer["tenant"], answer["licenses"][0]["quantity"]) == ({"id": amsel}, 25)
    assert "items" not in answer
    firewalls = sophos.partner_get("/licenses/v1/licenses/firewalls").json()
    assert (firewalls["items"][0]["tenant"], firewalls["items"][0]["billingTenant"]) == ({}, {"id": amsel})
    assert requests.get(f"{url}/licenses/v1/licenses", headers=sophos.headers(), timeout=10).status_code == 401


def test_the_call_limit_lets_a_burst_through_and_then_refuses_without_retry_after(sandbox: Sandbox, sophos: Sophos) -> None:
    answers = [sophos.partner_get("/whoami/v1") for _ in range(310)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[299].status_code == 200
    assert refused
    assert "Retry-After" not in refused[0].headers
    assert "error" in refused[0].json()
    sandbox.state.switches.sophos_rate_limit = False
    assert sophos.partner_get("/whoami/v1").status_code == 200
