"""The Sophos client: tokens, tenants and above all the whole usage or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from webapp.clients.errors import (
    BadAnswer,
    CredentialsRefused,
    NotAPartner,
    PermissionMissing,
    RateLimited,
    Unreachable,
    UsageIncomplete,
)
from webapp.clients.http import Counter, Options
from webapp.clients.sophos import SophosAddresses, SophosClient, SophosCredentials
from webapp.domain import Month
from webapp.sandbox.server import Sandbox

NOVEMBER = Month(2026, 11)
USAGE = "/partner/v1/billing/usage/2026/11"
PARTNER = "829fc230-b488-5105-bf83-2fd04e5cfe53"


def of_sandbox(small_sandbox: Sandbox, counter: Counter, options: Options, **other: str) -> SophosClient:
    credentials = {**small_sandbox.credentials()["sophos"], **other}
    env = small_sandbox.environment()
    addresses = SophosAddresses(env["SOPHOS_ID_URL"], env["SOPHOS_API_URL"])
    return SophosClient(SophosCredentials(**credentials), addresses, counter=counter, options=options)


@pytest.fixture
def client(server: HTTPServer, counter: Counter, options: Options) -> SophosClient:
    """A client of the scripted server, which gives it a token."""
    server.expect_request("/api/v2/oauth2/token", method="POST").respond_with_json({"access_token": "t", "expires_in": 3600})
    base = server.url_for("").rstrip("/")
    return SophosClient(
        SophosCredentials("id", "secret"), SophosAddresses(base, base), counter=counter, options=options, partner_id=PARTNER
    )


def line(customer: str = "C1", product: str = "CIXA-MSP", **more: Any) -> dict[str, Any]:
    return {"accountId": customer, "productCode": product, "billableQuantity": 3, "actualQuantity": 3, **more}


def test_a_partner_is_recognised_and_its_id_is_lower_case(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    who = of_sandbox(small_sandbox, counter, options).whoami()
    assert (who.id, who.id_type) == (small_sandbox.state.sophos.partner_id.lower(), "partner")


@pytest.mark.parametrize("kind", ["tenant", "organization"])
def test_credentials_of_somebody_else_are_named(small_sandbox: Sandbox, counter: Counter, options: Options, kind: str) -> None:
    small_sandbox.state.switches.who_id_type = kind
    with pytest.raises(NotAPartner) as error:
        list(of_sandbox(small_sandbox, counter, options).tenants())
    assert error.value.params["kind"] == kind


def test_a_wrong_secret_is_refused_without_a_second_try(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    with pytest.raises(CredentialsRefused) as error:
        of_sandbox(small_sandbox, counter, options, client_secret="wrong-secret").whoami()
    assert counter.calls.sophos == 1
    assert "wrong-secret" not in str(error.value)


def test_a_token_that_died_is_replaced_once(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    client.whoami()
    small_sandbox.state.expire_tokens()
    assert client.whoami().id_type == "partner"
    assert counter.calls.sophos == 5  # token, whoami, refused whoami, token, whoami
    small_sandbox.state.faults.add("unauthorized", host="sophos_api")
    with pytest.raises(CredentialsRefused):
        client.whoami()
    assert counter.calls.sophos == 8


def test_a_token_is_used_until_a_minute_before_its_end(server: HTTPServer, counter: Counter) -> None:
    moment = [1000.0]
    server.expect_request("/api/v2/oauth2/token").respond_with_json({"access_token": "t", "expires_in": 3600})
    server.expect_request("/whoami/v1").respond_with_json({"id": "X", "idType": "partner"})
    base = server.url_for("").rstrip("/")
    options = Options(monotonic=lambda: moment[0])
    client = SophosClient(SophosCredentials("i", "s"), SophosAddresses(base, base), counter=counter, options=options)
    client.whoami()
    moment[0] += 3539
    client.whoami()
    assert counter.calls.sophos == 3
    moment[0] += 2
    client.whoami()
    assert counter.calls.sophos == 5


def test_all_tenants_come_in_pages_with_what_may_be_missing(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    for number in range(120):
        small_sandbox.state.add_customer(name=f"Kunde {number:03d}")
    bare = small_sandbox.state.add_customer(name="Müller & Söhne", api_host=False, billing_type="trial")
    pages = list(of_sandbox(small_sandbox, counter, options).tenants())
    tenants = {tenant.id: tenant for page in pages for tenant in page}
    assert [len(page) for page in pages] == [100, 27]
    assert (tenants[bare].name, tenants[bare].api_host, tenants[bare].billing_type) == ("Müller & Söhne", None, "trial")


def test_a_list_of_tenants_that_ends_early_is_no_list(server: HTTPServer, client: SophosClient) -> None:
    tenant = {"id": "A1", "name": "Anna GmbH", "billingType": "usage"}
    server.expect_request("/partner/v1/tenants").respond_with_json({"items": [tenant], "pages": {"total": 1, "items": 2}})
    with pytest.raises(BadAnswer, match="ended early"):
        list(client.tenants())


def test_a_page_of_tenants_that_repeats_is_no_list(server: HTTPServer, client: SophosClient) -> None:
    tenant = {"id": "A1", "name": "Anna GmbH"}
    server.expect_request("/partner/v1/tenants").respond_with_json({"items": [tenant], "pages": {"total": 3, "items": 3}})
    with pytest.raises(BadAnswer, match="came twice"):
        list(client.tenants())


def test_a_tenant_is_found_by_id_or_not(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    found = next(client.tenants())[0]
    assert client.tenant(found.id) == found
    assert client.tenant("00000000-0000-4000-8000-000000000000") is None


def test_the_usage_of_all_and_of_chosen_customers(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    customer = next(client.tenants())[0].id
    report = client.usage(NOVEMBER)
    assert (len(report.items), report.missing) == (18, False)
    chosen = client.usage(NOVEMBER, [customer.upper()])
    assert {item.customer_id for item in chosen.items} == {customer}
    assert {item.product_code: item.billable for item in chosen.items} == {"CIXA-MSP": 10, "CEMA-MSP": 12, "CDE-MSP": 5}


def test_a_month_without_data_is_missing_and_not_empty(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    assert of_sandbox(small_sandbox, counter, options).usage(Month(2027, 3)).missing


def tenants_in_pages(server: HTTPServer, largest: int, pages: Callable[[int], dict[str, Any]], *, refuse: bool = False) -> None:
    """Answers with 120 tenants, at most ``largest`` a page; ``pages`` gives what is said of the pages for the size asked."""

    def answer(request: Received) -> Response:
        asked, number = int(request.args["pageSize"]), int(request.args["page"])
        if refuse and asked > largest:
            return Response("{}", status=400, mimetype="application/json")
        size = min(asked, largest)
        ids = range((number - 1) * size, min(number * size, 120))
        body = {"items": [{"id": f"t{n}", "name": f"T{n}", "billingType": "usage"} for n in ids], "pages": pages(asked)}
        return Response(json.dumps(body), mimetype="application/json")

    server.expect_request("/partner/v1/tenants").respond_with_handler(answer)


def test_a_refused_page_of_tenants_is_asked_for_in_the_documented_size(server: HTTPServer, client: SophosClient) -> None:
    tenants_in_pages(server, 50, lambda _asked: {"size": 50, "maxSize": 50}, refuse=True)
    assert sum(len(page) for page in client.tenants()) == 120


@pytest.mark.parametrize("said", [lambda asked: {"size": asked, "maxSize": 50}, lambda _asked: {}], ids=["echo", "nothing"])
def test_pages_cut_by_the_server_do_not_end_the_list(
    server: HTTPServer, client: SophosClient, said: Callable[[int], dict[str, Any]]
) -> None:
    tenants_in_pages(server, 50, said)
    assert sum(len(page) for page in client.tenants()) == 120


def test_a_key_that_leads_to_an_empty_page_ends_the_list(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    small_sandbox.state.switches.trailing_key = True
    small_sandbox.state.switches.billing_page_max = 10
    assert len(of_sandbox(small_sandbox, counter, options).usage(NOVEMBER).items) == 18


def test_a_page_size_that_is_refused_is_left_out(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    small_sandbox.state.switches.oversize_page = "refuse"
    small_sandbox.state.switches.billing_page_max = 100
    assert len(of_sandbox(small_sandbox, counter, options).usage(NOVEMBER).items) == 18


def test_no_permission_for_usage_is_said_as_it_is(server: HTTPServer, client: SophosClient) -> None:
    server.expect_request(USAGE).respond_with_json({"error": "Forbidden"}, status=403)
    with pytest.raises(PermissionMissing) as error:
        client.usage(NOVEMBER)
    assert error.value.params["what"] == "billing usage"


def page(lines: list[Any], **pages: Any) -> Callable[[HTTPServer, bool], None]:
    return lambda server, once: (server.expect_oneshot_request if once else server.expect_request)(USAGE).respond_with_json(
        {"items": lines, "pages": pages}
    )


def status(code: int) -> Callable[[HTTPServer, bool], None]:
    return lambda server, once: (server.expect_oneshot_request if once else server.expect_request)(USAGE).respond_with_data(
        "", status=code
    )


@pytest.mark.parametrize(
    ("first", "then", "cause"),
    [
        (page([line()], items=2), page([]), "ended early"),
        (page([], items=2), page([]), "ended early"),
        (page([line()], nextKey="k", items=4), page([line()], nextKey="k", items=4), "came twice"),
        (page([line()], nextKey="k"), status(503), "503"),
        (page([line()], nextKey="k"), status(404), "page is missing"),
        (page([line()], nextKey="k"), status(429), "fewer calls"),
        (page([line()], nextKey="k"), status(400), "400"),
        (status(503), status(503), "503"),
        (page([line()], nextKey="k"), page([3]), "no list"),
    ],
)
def test_less_than_the_whole_usage_is_none(
    server: HTTPServer,
    client: SophosClient,
    first: Callable[[HTTPServer, bool], None],
    then: Callable[[HTTPServer, bool], None],
    cause: str,
) -> None:
    first(server, True)
    then(server, False)
    with pytest.raises(UsageIncomplete, match=cause) as error:
        client.usage(NOVEMBER)
    assert error.value.params["month"] == "2026-11"


@pytest.mark.parametrize("body", [b"<html>", b'{"items": [', b"[]", b'{"items": null}', b'"text"', b"\xff\xfe"])
def test_an_answer_that_is_no_list_is_incomplete(server: HTTPServer, client: SophosClient, body: bytes) -> None:
    server.expect_request(USAGE).respond_with_data(body, content_type="application/json")
    with pytest.raises(UsageIncomplete):
        client.usage(NOVEMBER)


@pytest.mark.parametrize("answer", [{"items": []}, {"items": [], "pages": {}}, {"items": [], "pages": {"items": 0}}])
def test_an_empty_first_page_means_no_data(server: HTTPServer, client: SophosClient, answer: dict[str, Any]) -> None:
    server.expect_request(USAGE).respond_with_json(answer)
    assert client.usage(NOVEMBER).missing


def test_a_connection_that_never_stood_is_unreachable_and_one_that_broke_is_incomplete(
    small_sandbox: Sandbox, counter: Counter, options: Options
) -> None:
    client = of_sandbox(small_sandbox, counter, options)
    client.whoami()
    small_sandbox.state.switches.billing_page_max = 10
    small_sandbox.state.faults.add("reset_before", host="sophos_api", path="billing", nth=2)
    with pytest.raises(UsageIncomplete):
        client.usage(NOVEMBER)
    small_sandbox.state.faults.clear()
    small_sandbox.state.faults.add("reset_before", host="sophos_api", path="billing")
    with pytest.raises(Unreachable):
        client.usage(NOVEMBER)


@pytest.mark.parametrize(
    ("sent", "read"),
    [(4, 4), (4.0, 4), (-2, -2), (0, 0)]
    + [(value, None) for value in (4.5, "4", "4.0", "4,5", "many", None, True, [], {}, "1e3", 10**12, "")],
)
def test_a_quantity_is_a_whole_number_or_unreadable(
    server: HTTPServer, client: SophosClient, sent: object, read: int | None
) -> None:
    server.expect_request(USAGE).respond_with_json({"items": [line(billableQuantity=sent)], "pages": {}})
    item = client.usage(NOVEMBER).items[0]
    assert item.billable == read
    assert (item.actual, item.ordered) == (3, None)


def test_what_else_may_be_odd_in_a_line_is_tolerated(server: HTTPServer, client: SophosClient) -> None:
    odd = line(
        customer="AB-CD",
        assignedAccountIdentifier="Evil\x00 <b>\ud800 name",
        billingEndDate="2021-04-31",
        unitPrice="1.40",
        somethingNew={"a": 1},
        accountStatus="Suspended",
    )
    server.expect_request(USAGE).respond_with_json({"items": [odd, {"productDescription": "unassigned"}], "pages": {}})
    first, second = client.usage(NOVEMBER).items
    assert (first.customer_id, first.customer_name, first.account_status) == ("ab-cd", "Evil <b> name", "suspended")
    assert (second.customer_id, second.product_code, second.billable) == (None, "unknown", None)


def test_a_filter_that_is_not_honoured_counts_nobody_twice(server: HTTPServer, client: SophosClient) -> None:
    server.expect_request(USAGE).respond_with_json({"items": [line("c1"), line("c2")], "pages": {}})
    assert [item.customer_id for item in client.usage(NOVEMBER, ["c1", "c2"]).items] == ["c1", "c2"]


def test_too_many_calls_are_said_as_such(server: HTTPServer, client: SophosClient) -> None:
    def limited(_request: Received) -> Response:
        return Response('{"error":"tooManyRequests"}', status=429)

    server.expect_request("/partner/v1/tenants").respond_with_handler(limited)
    with pytest.raises(RateLimited):
        list(client.tenants())


def test_no_credential_shows_in_a_representation() -> None:
    credentials = SophosCredentials("client-id", "client-secret")
    client = SophosClient(credentials, SophosAddresses("https://id.sophos.com", "https://api.central.sophos.com"))
    assert "client-" not in repr(credentials) + repr(client) + repr(vars(client))
