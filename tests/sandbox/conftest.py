"""A fresh sandbox per test on free ports, on Monday, 23 November 2026, and short ways to call it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from webapp.sandbox.server import Sandbox

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


class Sophos:
    """Calls to the Sophos hosts as a client makes them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.urls = sandbox.state.urls
        self.partner = sandbox.state.sophos.partner_id
        self.client = sandbox.credentials()["sophos"]

    def token_answer(self, **changes: str) -> requests.Response:
        form = {"grant_type": "client_credentials", "scope": "token", **self.client, **changes}
        return requests.post(f"{self.urls['sophos_id']}/api/v2/oauth2/token", data=form, timeout=10)

    def headers(self, **more: str) -> dict[str, str]:
        if not hasattr(self, "token"):
            self.token = self.token_answer().json()["access_token"]
        return {"Authorization": f"Bearer {self.token}", **more}

    def partner_get(self, path: str, **query: Any) -> requests.Response:
        return requests.get(
            self.urls["sophos_api"] + path,
            params=query,
            headers=self.headers(**{"X-Partner-ID": self.partner}),
            timeout=10,
        )

    def tenant_call(
        self, method: str, path: str, tenant: str, host: str = "sophos_eu02", body: Any = None, **query: Any
    ) -> requests.Response:
        headers = self.headers(**{"X-Tenant-ID": tenant})
        return requests.request(method, self.urls[host] + path, params=query, headers=headers, json=body, timeout=10)


class Autotask:
    """Calls to the Autotask zone host as a client makes them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.state.urls["autotask"] + "/ATServicesRest/V1.0"
        given = sandbox.credentials()["autotask"]
        self.headers = {
            "UserName": given["username"],
            "Secret": given["secret"],
            "ApiIntegrationCode": given["integration_code"],
        }

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.base}/{path}"
        return requests.request(method, url, params=query, headers=self.headers, json=body, timeout=10)

    def query(self, entity: str, *filters: Any, **more: Any) -> Any:
        conditions = list(filters) or [{"op": "exist", "field": "id"}]
        answer = self.call("POST", f"{entity}/query", {"Filter": conditions, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def adjust(self, line: int, change: int, day: str = "2026-11-23", **more: Any) -> requests.Response:
        body = {"contractServiceID": line, "unitChange": change, "effectiveDate": f"{day}T00:00:00", **more}
        return self.call("POST", "ContractServiceAdjustments", body)

    def units(self, line: int) -> list[tuple[str, str, int]]:
        found = self.query("ContractServiceUnits", {"op": "eq", "field": "contractServiceID", "value": line})
        rows = sorted(found["items"], key=lambda row: row["startDate"])
        return [(row["startDate"][:10], row["endDate"][:10], row["units"]) for row in rows]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    began = time.monotonic()
    running = Sandbox(seed="small", today=lambda: TODAY, now=lambda: NOON + timedelta(seconds=time.monotonic() - began))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sophos(sandbox: Sandbox) -> Sophos:
    return Sophos(sandbox)


@pytest.fixture
def autotask(sandbox: Sandbox) -> Autotask:
    return Autotask(sandbox)


@pytest.fixture
def line(sandbox: Sandbox) -> int:
    """The contract service "Endpoint Protection Advanced" of Amsel Bau GmbH: 10 units."""
    state = sandbox.state
    contract = state.contract_ids(state.company_id("Amsel Bau GmbH"))[0]
    return state.contract_service_ids(contract)["Endpoint Protection Advanced"]


@pytest.fixture
def amsel(sandbox: Sandbox) -> str:
    """The customer id of Amsel Bau GmbH (region eu02)."""
    return sandbox.state.customer_id("Amsel Bau GmbH")


def reference(*parts: str) -> Any:
    """A file of the reference folder as JSON; the test is skipped where that folder is missing."""
    path = REFERENCE.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"comparison with the reference left out: ../shared/reference/{'/'.join(parts)} is missing")
    return json.loads(path.read_text(encoding="utf-8"))
