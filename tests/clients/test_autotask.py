"""The Autotask client: zone, queries in pages, and errors by their texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.sandboxed import TODAY
from webapp.clients.autotask import AutotaskClient, AutotaskCredentials
from webapp.clients.errors import (
    AutotaskRefusal,
    BadAnswer,
    CredentialsRefused,
    HostNotAllowed,
    IntegrationCodeInvalid,
    PermissionMissing,
    RateLimited,
    Unreachable,
    ZoneUnknown,
)
from webapp.clients.http import Counter, Options
from webapp.domain import Zone
from webapp.sandbox.server import Sandbox

FINDER = "/atservicesrest/v1.0/zoneInformation"
COMPANIES = "/ATServicesRest/V1.0/Companies/query"


def of_sandbox(small_sandbox: Sandbox, counter: Counter, options: Options, **other: str) -> AutotaskClient:
    credentials = AutotaskCredentials(**{**small_sandbox.credentials()["autotask"], **other})
    return AutotaskClient(credentials, small_sandbox.environment()["AUTOTASK_ZONE_URL"], counter=counter, options=options)


@pytest.fixture
def autotask(small_sandbox: Sandbox, counter: Counter, options: Options) -> AutotaskClient:
    return of_sandbox(small_sandbox, counter, options)


@pytest.fixture
def client(server: HTTPServer, counter: Counter, options: Options) -> AutotaskClient:
    """A client of the scripted server, in the zone that this server is."""
    base = server.url_for("").rstrip("/")
    zone = Zone(f"{base}/ATServicesRest", "Test", base, 1)
    credentials = AutotaskCredentials("api@example.com", "secret", "CODE")
    return AutotaskClient(credentials, base, counter=counter, options=options, zone=zone)


def company(number: int) -> dict[str, Any]:
    return {"id": number, "companyName": f"Firma {number}", "isActive": True}


def test_the_zone_is_found_and_asked_for_once(autotask: AutotaskClient, counter: Counter, small_sandbox: Sandbox) -> None:
    assert autotask.zone().url == f"{small_sandbox.state.urls['autotask']}/ATServicesRest"
    autotask.threshold()
    assert counter.calls.autotask == 2


def test_an_unknown_user_is_named_shortened(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    with pytest.raises(ZoneUnknown) as error:
        of_sandbox(small_sandbox, counter, options, username="nobody@example.com").zone()
    assert error.value.params["user"] == "no…@example.com"
    assert counter.calls.autotask == 1


@pytest.mark.parametrize("url", ["https://webservices5.autotask.net/ATServicesRest/", "http://10.0.0.8/", "\\\\evil", ""])
def test_a_zone_elsewhere_is_not_followed(server: HTTPServer, counter: Counter, options: Options, url: str) -> None:
    server.expect_request(FINDER).respond_with_json({"url": url, "zoneName": "x"})
    client = AutotaskClient(
        AutotaskCredentials("a@b.c", "s", "c"), server.url_for("").rstrip("/"), counter=counter, options=options
    )
    with pytest.raises((HostNotAllowed, ZoneUnknown)):
        list(client.companies())
    assert counter.calls.autotask == 1


def test_a_wrong_secret_is_tried_once_and_never_again(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    client = of_sandbox(small_sandbox, counter, options, secret="wrong-secret")
    for _number in range(2):
        with pytest.raises(CredentialsRefused) as error:
            client.threshold()
        assert "wrong-secret" not in str(error.value)
    assert counter.calls.autotask == 3  # the zone, and one call each


def test_a_401_in_the_same_zone_is_not_repeated(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    zone = of_sandbox(small_sandbox, Counter(), options).zone()
    credentials = AutotaskCredentials(**{**small_sandbox.credentials()["autotask"], "secret": "wrong"})
    client = AutotaskClient(
        credentials, small_sandbox.environment()["AUTOTASK_ZONE_URL"], counter=counter, options=options, zone=zone
    )
    with pytest.raises(CredentialsRefused):
        client.threshold()
    assert counter.calls.autotask == 2  # the call and one look at the zone


def test_a_zone_that_moved_is_followed_and_told(
    small_sandbox: Sandbox, server: HTTPServer, counter: Counter, options: Options
) -> None:
    server.expect_request("/old/V1.0/ThresholdInformation").respond_with_data("", status=401)
    moved: list[Zone] = []
    old = Zone(server.url_for("/old"), "Old", "", 1)
    client = AutotaskClient(
        AutotaskCredentials(**small_sandbox.credentials()["autotask"]),
        small_sandbox.environment()["AUTOTASK_ZONE_URL"],
        counter=counter,
        options=options,
        zone=old,
        zone_moved=moved.append,
    )
    assert client.threshold().limit == 10_000
    assert [zone.name for zone in moved] == ["Sandbox"]
    assert counter.calls.autotask == 3


def test_a_wrong_tracking_identifier_is_named(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    with pytest.raises(IntegrationCodeInvalid):
        of_sandbox(small_sandbox, counter, options, integration_code="WRONG").threshold()
    assert counter.calls.autotask == 2


def test_a_missing_permission_is_named_with_its_entity(small_sandbox: Sandbox, autotask: AutotaskClient) -> None:
    small_sandbox.state.switches.denied_entities = {"Contracts"}
    with pytest.raises(PermissionMissing) as error:
        autotask.require_readable("Contracts")
    assert error.value.params["what"] == "Contracts"
    autotask.require_readable("Companies")


def test_an_entity_that_is_silently_empty_is_not_readable(small_sandbox: Sandbox, autotask: AutotaskClient) -> None:
    small_sandbox.state.hidden_entities.add("ContractServiceUnits")
    with pytest.raises(PermissionMissing):
        autotask.require_readable("ContractServiceUnits")


def test_lists_come_in_pages_of_five_hundred(small_sandbox: Sandbox, autotask: AutotaskClient, counter: Counter) -> None:
    for number in range(1100):
        small_sandbox.state.add_company(name=f"Firma {number}")
    pages = list(autotask.companies())
    assert [len(page) for page in pages] == [500, 500, 106]
    assert len({row.id for page in pages for row in page}) == 1106
    assert counter.calls.autotask == 4


def test_ids_go_in_by_at_most_five_hundred(autotask: AutotaskClient, counter: Counter) -> None:
    known = [row.id for page in autotask.companies() for row in page]
    before = counter.calls.autotask
    found = list(autotask.companies([*known, *range(1, 700), *known]))
    assert sorted(row.id for page in found for row in page) == sorted(known)
    assert counter.calls.autotask - before == 2
    assert list(autotask.companies([])) == []


def test_only_recurring_service_contracts_come(small_sandbox: Sandbox, autotask: AutotaskClient) -> None:
    owner = small_sandbox.state.add_company(name="Andere Verträge")
    wanted = small_sandbox.state.add_contract(company_id=owner, name="Managed", status=0)
    small_sandbox.state.add_contract(company_id=owner, name="Time and material", contract_type=1)
    rows = [row for page in autotask.contracts(company_ids=[owner]) for row in page]
    assert [(row.id, row.contract_type, row.status) for row in rows] == [(wanted, 7, 0)]


def test_units_are_those_of_the_day_and_later_ones_apart(small_sandbox: Sandbox, autotask: AutotaskClient) -> None:
    lines = [row for page in autotask.contract_services([c.id for p in autotask.contracts() for c in p]) for row in page]
    rows = [row for page in autotask.units_in_force([line.id for line in lines], on=TODAY) for row in page]
    assert len(rows) == len(lines) == 18
    assert {(row.start_date, row.end_date) for row in rows} == {(date(2026, 11, 1), date(2026, 11, 30))}
    later = [row for page in autotask.units_after([lines[0].id], after=TODAY) for row in page]
    assert min(row.start_date for row in later if row.start_date) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://webservices5.autotask.net/x", HostNotAllowed),
        ("http://localhost:9/x", HostNotAllowed),
        ("http://evil.example/x", HostNotAllowed),
        ("SAME", BadAnswer),
    ],
)
def test_a_next_page_elsewhere_or_again_is_refused(
    server: HTTPServer, client: AutotaskClient, url: str, error: type[Exception]
) -> None:
    following = server.url_for(f"{COMPANIES}?paging=1") if url == "SAME" else url
    server.expect_request(COMPANIES).respond_with_json({"items": [company(1)], "pageDetails": {"nextPageUrl": following}})
    with pytest.raises(error):
        list(client.companies())


def test_the_next_page_is_asked_with_the_same_verb_and_body(server: HTTPServer, client: AutotaskClient) -> None:
    following = server.url_for(f"{COMPANIES}?paging=%7B%22nextIds%22%3A%5B1%5D%7D&search=%7B%7D")
    body = {"MaxRecords": 500, "Filter": [{"op": "exist", "field": "id"}]}
    first = server.expect_ordered_request
    first(COMPANIES, method="POST", json=body).respond_with_json(
        {"items": [company(1)], "pageDetails": {"nextPageUrl": following}}
    )
    first(
        COMPANIES, method="POST", json=body, query_string=b"paging=%7B%22nextIds%22%3A%5B1%5D%7D&search=%7B%7D"
    ).respond_with_json({"items": [company(2)], "pageDetails": {"nextPageUrl": None}})
    assert [row.id for page in client.companies() for row in page] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [{}, {"items": None}, {"items": [1]}, {"items": [{"companyName": "no id"}]}, {"items": [company(n) for n in range(500)]}],
)
def test_a_list_that_may_not_be_whole_is_refused(server: HTTPServer, client: AutotaskClient, body: dict[str, Any]) -> None:
    server.expect_request(COMPANIES).respond_with_json(body)
    with pytest.raises(BadAnswer):
        list(client.companies())


def test_an_unknown_refusal_keeps_its_text(server: HTTPServer, client: AutotaskClient, counter: Counter) -> None:
    server.expect_request(COMPANIES).respond_with_json({"errors": ["Unable to find x in the Company Entity."]}, status=500)
    with pytest.raises(AutotaskRefusal, match="Unable to find x"):
        list(client.companies())
    assert counter.calls.autotask == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_thread_limit_is_waited_for_whatever_its_status(
    server: HTTPServer, client: AutotaskClient, counter: Counter, status: int
) -> None:
    busy = {"errors": ["Thread Threshold Exceeded (Itgenatr005)"]}
    server.expect_oneshot_request(COMPANIES).respond_with_json(busy, status=status)
    server.expect_oneshot_request(COMPANIES).respond_with_json({"items": [company(1)], "pageDetails": {}})
    server.expect_request(COMPANIES).respond_with_json(busy, status=status)
    assert len(list(client.companies())) == 1
    with pytest.raises(RateLimited):
        list(client.companies())
    assert counter.calls.autotask == 6


def test_each_call_takes_a_slot_and_only_a_time_out_keeps_it(small_sandbox: Sandbox, counter: Counter, options: Options) -> None:
    taken: list[tuple[str, bool]] = []

    class Noting:
        @contextmanager
        def slot(self, endpoint: str, *, wait: float | None = None) -> Iterator[Any]:
            kept: list[bool] = []

            class Slot:
                def keep(self) -> None:
                    kept.append(True)

            try:
                yield Slot()
            finally:
                taken.append((endpoint, bool(kept)))

    slow = dataclasses.replace(options, throttle=Noting(), tries=2, read_timeout=0.3)
    client = of_sandbox(small_sandbox, counter, slow)
    client.zone()
    small_sandbox.state.faults.add("reset_before", host="autotask", times=1)
    list(client.services())
    small_sandbox.state.faults.clear()
    small_sandbox.state.faults.add("drop_before", host="autotask", times=1)
    list(client.services())
    assert taken == [("Services", False), ("Services", False), ("Services", True), ("Services", False)]


def test_slots_that_our_own_time_outs_hold_do_not_hide_the_time_out(
    small_sandbox: Sandbox, counter: Counter, options: Options
) -> None:
    class OnlyOne:
        left = 1

        @contextmanager
        def slot(self, endpoint: str, *, wait: float | None = None) -> Iterator[Any]:
            if not self.left:
                raise RateLimited("Autotask")

            class Slot:
                def keep(slot) -> None:
                    self.left -= 1

            yield Slot()

    client = of_sandbox(small_sandbox, counter, dataclasses.replace(options, throttle=OnlyOne(), read_timeout=0.3))
    client.zone()
    small_sandbox.state.faults.add("drop_before", host="autotask")
    with pytest.raises(Unreachable, match="no answer in time"):
        list(client.services())


def test_a_password_of_any_letters_can_be_sent(server: HTTPServer, counter: Counter, options: Options) -> None:
    base = server.url_for("").rstrip("/")
    zone = Zone(f"{base}/ATServicesRest", "Test", base, 1)
    client = AutotaskClient(
        AutotaskCredentials("api@example.com", "pä§w€rd", "C"), base, counter=counter, options=options, zone=zone
    )
    server.expect_request(COMPANIES).respond_with_json({"items": [], "pageDetails": {}})
    list(client.companies())
    assert server.log[0][0].headers["Secret"].encode("latin-1").decode() == "pä§w€rd"


def test_no_credential_shows_in_a_representation() -> None:
    credentials = AutotaskCredentials("hidden-user", "hidden-secret", "hidden-code")
    client = AutotaskClient(credentials, "https://webservices.autotask.net")
    assert "hidden" not in repr(credentials) + repr(client) + repr(vars(client))


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, None), (403, None), (200, {}), (200, {"externalRequestThreshold": 10_000}), (500, {"errors": ["No such thing."]})],
)
def test_a_limit_that_is_not_told_stops_nothing(server: HTTPServer, client: AutotaskClient, status: int, body: Any) -> None:
    server.expect_request("/ATServicesRest/V1.0/ThresholdInformation").respond_with_json(body, status=status)
    assert client.threshold_if_told() is None


def test_rights_that_are_not_told_are_found_out_by_the_first_real_call(server: HTTPServer, client: AutotaskClient) -> None:
    server.expect_request(COMPANIES).respond_with_json({"items": [], "pageDetails": {"nextPageUrl": None}})
    server.expect_request("/ATServicesRest/V1.0/Companies/entityInformation").respond_with_data("", status=404)
    client.require_readable("Companies")


def test_a_next_page_that_takes_no_post_is_fetched_with_get(server: HTTPServer, client: AutotaskClient) -> None:
    following = server.url_for("/ATServicesRest/V1.0/Companies/next")
    first = {"items": [company(1)], "pageDetails": {"nextPageUrl": following}}
    server.expect_request(COMPANIES).respond_with_json(first)
    server.expect_request("/ATServicesRest/V1.0/Companies/next", method="POST").respond_with_data("", status=405)
    server.expect_request("/ATServicesRest/V1.0/Companies/next", method="GET").respond_with_json(
        {"items": [company(2)], "pageDetails": {"nextPageUrl": None}}
    )
    assert [row.id for page in client.companies() for row in page] == [1, 2]
