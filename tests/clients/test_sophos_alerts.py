"""Alerts of a customer: all of them or an error, told leniently, and acknowledged so that every end has its own result."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from tests.clients.test_sophos import of_sandbox
from webapp.alerts import AckResult
from webapp.clients.errors import (
    AlertsIncomplete,
    ApiError,
    BadAnswer,
    CredentialsRefused,
    HostNotAllowed,
    PermissionMissing,
    RateLimited,
    Unreachable,
)
from webapp.clients.http import Counter, Options
from webapp.clients.sophos import SophosAddresses, SophosClient, SophosCredentials
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox

ALERTS = "/common/v1/alerts"
CUSTOMER = "c1c1c1c1-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Place:
    """A customer of the sandbox, its regional host, and a client."""

    def __init__(self, sandbox: Sandbox, counter: Counter, options: Options) -> None:
        self.state = sandbox.state
        self.client = of_sandbox(sandbox, counter, options)
        self.customer = sandbox.state.customer_id(SMALL_NAMES[0])
        self.host = self.state.region_url(self.state.sophos.customers[self.customer]["dataRegion"])

    def add(self, **more: Any) -> str:
        return self.state.add_alert(customer_id=self.customer, **more)

    def ids(self) -> list[str]:
        return [each.id for each in self.client.alerts(self.customer, self.host)]


@pytest.fixture
def place(small_sandbox: Sandbox, counter: Counter, options: Options) -> Place:
    small_sandbox.state.sophos.alerts.clear()
    return Place(small_sandbox, counter, options)


class Scripted:
    """A client whose regional host is the scripted server."""

    def __init__(self, server: HTTPServer, counter: Counter, options: Options) -> None:
        server.expect_request("/api/v2/oauth2/token", method="POST").respond_with_json({"access_token": "t", "expires_in": 3600})
        self.server = server
        self.host = server.url_for("").rstrip("/")
        self.client = SophosClient(
            SophosCredentials("id", "secret"), SophosAddresses(self.host, self.host), counter=counter, options=options
        )

    def pages(self, *bodies: Any) -> None:
        for body in bodies:
            handler = self.server.expect_oneshot_request(ALERTS, method="GET")
            if isinstance(body, int):
                handler.respond_with_json({"error": "said"}, status=body)
            else:
                handler.respond_with_json(body)

    def read(self) -> list[str]:
        return [each.id for each in self.client.alerts(CUSTOMER, self.host, now=lambda: NOW)]


@pytest.fixture
def scripted(server: HTTPServer, counter: Counter, options: Options) -> Scripted:
    return Scripted(server, counter, options)


def page(*ids: str, key: Any = None, items: int | None = None) -> dict[str, Any]:
    pages = {name: value for name, value in {"nextKey": key, "items": items}.items() if value is not None}
    return {"items": [{"id": each, "raisedAt": "2026-11-20T08:00:00Z"} for each in ids], "pages": pages}


@pytest.mark.parametrize("trailing", [False, True])
@pytest.mark.parametrize(("most", "oversize"), [(100, "cut"), (3, "cut"), (50, "refuse")])
def test_all_open_alerts_come_oldest_first(place: Place, trailing: bool, most: int, oversize: str) -> None:
    place.state.switches.update({"trailing_key": trailing, "alerts_page_max": most, "oversize_page": oversize})
    made = [place.add(device=f"PC-{day}", raised_at=f"2026-11-{day:02}T08:00:00.000Z") for day in range(20, 8, -1)]
    place.state.add_alert(customer_id=place.state.customer_id(SMALL_NAMES[1]))
    assert place.ids() == made[::-1]


def test_an_alert_is_told_as_sophos_gives_it(place: Place) -> None:
    made = place.add(description="A <a href='x'>link</a>", raised_at="2026-11-20T08:00:00.123Z", allowed_actions=("clearThreat",))
    (found,) = place.client.alerts(place.customer, place.host)
    assert (found.id, found.customer_id, found.severity, found.category) == (made, place.customer, "high", "protection")
    assert found.raised_at == datetime(2026, 11, 20, 8, 0, 0, 123000, tzinfo=UTC)
    assert (found.description, found.device_name, found.device_type) == ("A <a href='x'>link</a>", "PC-01", "computer")
    assert (found.person, found.allowed_actions, found.may_acknowledge) == ("A. Person", ("clearThreat",), False)
    assert found.group_key.startswith("MSxFdmVudDo6")
    assert place.client.alert(place.customer, place.host, made.upper()) == found
    assert place.client.alert(place.customer, place.host, str(UUID(int=7))) is None


def test_the_regional_host_hears_of_the_customer_and_not_of_the_partner(scripted: Scripted) -> None:
    scripted.pages(page("a", key="1 2+/="), page("b"))
    assert scripted.read() == ["a", "b"]
    first, second = [request for request, _answer in scripted.server.log if request.path == ALERTS]
    assert first.headers["X-Tenant-ID"] == CUSTOMER
    assert "X-Partner-ID" not in first.headers
    assert first.args.to_dict() == {"pageSize": "100", "pageTotal": "true"}
    assert second.args["pageFromKey"] == "1 2+/="


@pytest.mark.parametrize(
    "bodies",
    [
        [page("a", key="1"), page("b", key="1"), page("c")],
        [page("a", key="1"), {"pages": {}}],
        [{"items": {}}],
        [page("a", items=2)],
        [page("a", "b", key="1", items=3), page("b", items=3)],
        [page("a", key="1", items=3), page(items=3)],
        [page("a", key="1"), 404],
        [page("a", key="1"), 400],
        [page("a", key="1"), 418],
        [page("a", key="1"), *[503] * 4],
        [page("a", key="1"), *[429] * 4],
        [404],
        [400, 400],
        [*[503] * 4],
    ],
)
def test_less_than_the_whole_list_is_no_list(scripted: Scripted, bodies: list[Any]) -> None:
    scripted.pages(*bodies)
    with pytest.raises(AlertsIncomplete) as error:
        scripted.read()
    assert error.value.params["cause"]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([page("a", key="1"), page("a", "B", key="2"), page()], ["a", "b"]),
        ([page("a", key="1", items=9), page("b", items=2)], ["a", "b"]),
        ([page("a", key="", items=1)], ["a"]),
        ([page("a", key=7), page(key=7)], ["a"]),
        ([page()], []),
    ],
)
def test_odd_ends_are_ends(scripted: Scripted, bodies: list[Any], expected: list[str]) -> None:
    scripted.pages(*bodies)
    assert scripted.read() == expected


@pytest.mark.parametrize(("status", "raised"), [(403, PermissionMissing), (401, PermissionMissing), (429, RateLimited)])
def test_a_refusal_on_the_first_page_keeps_its_name(scripted: Scripted, status: int, raised: type[ApiError]) -> None:
    scripted.pages(*[status] * (4 if status == 429 else 2 if status == 401 else 1))
    with pytest.raises(raised) as error:
        scripted.read()
    assert error.value.params.get("what", "alerts") == "alerts"


def test_a_dead_host_is_unreachable(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    with pytest.raises(Unreachable):
        client.alerts(CUSTOMER, "http://127.0.0.1:9")


def test_what_is_missing_or_strange_is_taken_as_empty(scripted: Scripted) -> None:
    odd = {
        "id": "ABC", "raisedAt": 5, "severity": 3, "type": None, "description": "x" * 30_000, "groupKey": ["k"],
        "managedAgent": {}, "person": None, "allowedActions": [1, "acknowledge", None, "acknowledge"],
        "tenant": {"id": "somebody else"},
    }  # fmt: skip
    plain = {"id": "d", "raisedAt": "2026-11-20T08:00:00", "managedAgent": {"id": "M", "type": "utm"}, "person": {"id": "p"}}
    scripted.pages({"items": [odd, plain]})
    first, second = scripted.client.alerts(CUSTOMER, scripted.host, now=lambda: NOW)
    assert (first.id, first.device_id, first.device_name) == ("d", "m", "")
    assert first.raised_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert (second.id, second.customer_id, second.raised_at) == ("abc", CUSTOMER, NOW)
    assert (second.severity, second.type, second.group_key, second.person) == ("", "", "", "")
    assert (len(second.description), second.allowed_actions) == (20_000, ("acknowledge",))


@pytest.mark.parametrize("item", [{}, {"id": ""}, {"id": 7}, "alert", None])
def test_an_item_without_an_id_makes_the_answer_useless(scripted: Scripted, item: Any) -> None:
    scripted.pages({"items": [item]})
    with pytest.raises(BadAnswer):
        scripted.read()


@pytest.mark.parametrize("host", ["https://api-eu01.central.sophos.com", "http://10.0.0.8", "http://127.0.0.1@evil.example", ""])
def test_a_foreign_host_is_sent_nothing(scripted: Scripted, counter: Counter, host: str) -> None:
    for call in (
        lambda: scripted.client.alerts(CUSTOMER, host),
        lambda: scripted.client.alert(CUSTOMER, host, "a"),
        lambda: scripted.client.acknowledge(CUSTOMER, host, "a", "done"),
        lambda: scripted.client.may_acknowledge(CUSTOMER, host),
    ):
        with pytest.raises(HostNotAllowed):
            call()
    assert counter.calls.sophos == 0


def test_a_token_that_died_is_replaced_once_for_a_customer_too(place: Place, counter: Counter) -> None:
    made = place.add()
    assert place.ids() == [made]
    place.state.expire_tokens()
    assert place.ids() == [made]
    assert counter.calls.sophos == 5  # token, page, refused page, token, page


def test_one_alert_that_is_another_or_unreadable_is_not_taken_for_gone(scripted: Scripted) -> None:
    scripted.server.expect_oneshot_request(f"{ALERTS}/a").respond_with_json({"id": "b"})
    scripted.server.expect_oneshot_request(f"{ALERTS}/a").respond_with_data("<html>")
    scripted.server.expect_oneshot_request(f"{ALERTS}/a").respond_with_json({}, status=403)
    for raised in (BadAnswer, BadAnswer, PermissionMissing):
        with pytest.raises(raised):
            scripted.client.alert(CUSTOMER, scripted.host, "a")


def test_acknowledging_closes_the_alert_and_is_safe_to_repeat(place: Place) -> None:
    made, stays = place.add(), place.add(device="PC-2", allowed_actions=("clearThreat",))
    assert place.client.acknowledge(place.customer, place.host, made, "Ticket T1 is complete") is AckResult.DONE
    assert place.client.acknowledge(place.customer, place.host, made, "Ticket T1 is complete") is AckResult.GONE
    assert place.client.acknowledge(place.customer, place.host, stays, "x") is AckResult.NOT_OFFERED
    assert place.ids() == [stays]
    place.state.switches.forbidden_customers = {place.customer}
    assert place.client.acknowledge(place.customer, place.host, stays, "x") is AckResult.DENIED


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, {"status": "requested", "result": "success"}, AckResult.DONE),
        (200, {"status": "completed"}, AckResult.DONE),
        (201, {"status": "completed", "result": "failed"}, AckResult.FAILED),
        (401, {}, AckResult.FAILED),
        (409, {}, AckResult.FAILED),
        (503, {}, AckResult.FAILED),
    ],
)
def test_every_answer_to_an_acknowledgement_has_its_result(
    scripted: Scripted, status: int, body: dict[str, Any], expected: AckResult
) -> None:
    scripted.server.expect_request(f"{ALERTS}/a/actions", method="POST").respond_with_json(body, status=status)
    assert scripted.client.acknowledge(CUSTOMER, scripted.host, "a", "done") is expected
    sent = [request.json for request, _answer in scripted.server.log if request.path.endswith("actions")]
    assert sent[0] == {"action": "acknowledge", "message": "done"}


def test_an_acknowledgement_whose_answer_was_lost_is_done_after_all(place: Place) -> None:
    made = place.add()
    place.state.faults.add("status", path="actions", status=503, times=1)
    assert place.client.acknowledge(place.customer, place.host, made, "done") is AckResult.DONE
    assert place.ids() == []


def test_credentials_that_are_refused_are_no_result(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    place = Place(small_sandbox, counter, options)
    wrong = of_sandbox(small_sandbox, counter, options, client_secret="wrong")
    for call in (
        lambda: wrong.acknowledge(place.customer, place.host, "a", "x"),
        lambda: wrong.alerts(place.customer, place.host),
    ):
        with pytest.raises(CredentialsRefused):
            call()


def test_the_right_to_acknowledge_is_found_without_acknowledging(place: Place) -> None:
    made = place.add()
    assert place.client.may_acknowledge(place.customer, place.host) is True
    place.state.faults.add("status", path="actions", status=403, body={"error": "Forbidden"})
    assert place.client.may_acknowledge(place.customer, place.host) is False
    assert place.ids() == [made]
    place.state.switches.forbidden_customers = {place.customer}  # may not be read either: that is no matter of the role
    assert place.client.may_acknowledge(place.customer, place.host) is None


@pytest.mark.parametrize("status", [200, 201, 400, 401, 503])
def test_other_answers_say_nothing_about_the_right(scripted: Scripted, status: int) -> None:
    ids: list[str] = []

    def act(request: Received) -> Response:
        ids.append(request.path.split("/")[-2])
        return Response("{}", status)

    scripted.server.expect_request(re.compile(f"{ALERTS}/.*/actions"), method="POST").respond_with_handler(act)
    assert scripted.client.may_acknowledge(CUSTOMER, scripted.host) is None
    assert all(UUID(each).version == 4 for each in ids)


def test_a_pace_that_is_used_up_ends_the_reading_at_once(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    class Full:
        def take(self, wait: float | None, waiting: object = None) -> None:
            raise RateLimited("Sophos", wait=60)

    place = Place(small_sandbox, counter, dataclasses.replace(options, pace=Full()))
    with pytest.raises(RateLimited):
        place.ids()
    assert counter.calls.sophos == 0
