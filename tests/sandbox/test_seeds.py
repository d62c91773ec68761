"""The demo has what it promises, on any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from webapp.sandbox.alert_kinds import KINDS
from webapp.sandbox.autotask_store import day_of
from webapp.sandbox.products import PRODUCTS
from webapp.sandbox.seed import NEWCOMER, SEEDS, demo_mappings
from webapp.sandbox.state import State


def seeded(name: str, today: date) -> State:
    state = State(today=lambda: today)
    SEEDS[name](state)
    return state


@pytest.fixture(scope="module", params=["2026-11-23", "2028-02-29", "2027-01-01", "2026-12-31"])
def demo(request: pytest.FixtureRequest) -> State:
    return seeded("demo", date.fromisoformat(request.param))


def deltas(state: State, customer: str, contract: int) -> dict[str, int]:
    """Usage of the running month minus units in force today, by product code, for what has a line on the contract."""
    services = state.autotask.tables["Services"]
    found = {}
    for line in state.autotask.tables["ContractServices"].values():
        if line["contractID"] == contract:
            service = services[line["serviceID"]]
            keys = {service["sku"], service["externalID"], service["name"]}
            used = [
                item for item in state.usage_lines(customer) if item["productCode"] in keys or item["productDescription"] in keys
            ]
            units = state.units(line["id"], state.today())
            if used and units is not None:
                found[used[0]["productCode"]] = sum(item["billableQuantity"] for item in used) - units
    return found


def test_the_demo_has_the_numbers_it_should(demo: State) -> None:
    customers = demo.sophos.customers.values()
    assert len(customers) == 60
    assert len(demo.autotask.tables["Companies"]) == 67
    assert demo.autotask.tables["Companies"][0]["companyName"] == "Nordlicht Systemhaus GmbH"
    kinds = [customer["billingType"] for customer in customers]
    assert (kinds.count("trial"), kinds.count("term")) == (1, 3)
    assert [customer["status"] for customer in customers].count("suspended") == 1
    assert [customer["_api_host"] for customer in customers].count(False) == 1
    assert len(demo.sophos.usage) == 4
    assert len(demo.sophos.alerts) > 10


def test_twelve_products_of_which_eleven_have_exactly_one_service(demo: State) -> None:
    services = demo.autotask.tables["Services"].values()
    matches = {
        code: [
            service
            for service in services
            if code in (service["sku"], service["externalID"]) or service["name"] == product.description(1)
        ]
        for code, product in PRODUCTS.items()
    }
    assert len(matches) == 12
    assert [code for code, found in matches.items() if len(found) != 1] == ["NDR-MSP"]


def test_mappings_name_what_is_there_and_are_the_same_every_day(demo: State) -> None:
    mappings = demo_mappings()
    assert len(mappings) == len({customer for customer, _, _ in mappings}) == 40
    for customer, company, contract in mappings:
        row = demo.autotask.tables["Contracts"][contract]
        assert (row["companyID"], row["status"], row["contractType"]) == (company, 1, 7)
        assert demo.sophos.customers[customer]["billingType"] == "usage"


def test_most_mapped_lines_are_in_step_and_some_are_not(demo: State) -> None:
    found = [deltas(demo, customer, contract) for customer, _, contract in demo_mappings()]
    changes = [change for lines in found for change in lines.values()]
    assert changes.count(0) > len(changes) / 2
    assert sum(0 < change <= 3 for change in changes) >= 12
    assert sum(change > 10 for change in changes) == 2
    assert sum(change < 0 for change in changes) >= 3


def test_contracts_of_every_kind_are_there(demo: State) -> None:
    contracts = demo.autotask.tables["Contracts"].values()
    today = demo.today()
    assert {row["contractPeriodType"] for row in contracts} == {2, 3, 4, 5}
    assert any(row["status"] == 0 for row in contracts)
    assert any(day_of(row["endDate"]) < today for row in contracts)
    renewals = [row for row in contracts if row["renewedContractID"]]
    ending = demo.autotask.tables["Contracts"][renewals[0]["renewedContractID"]]
    assert today < day_of(ending["endDate"]) <= today + timedelta(days=30)
    assert day_of(renewals[0]["startDate"]) == day_of(ending["endDate"]) + timedelta(days=1)


def test_the_newcomer_finds_one_company_one_contract_and_a_plain_increase(demo: State) -> None:
    customer, company = demo.customer_id(NEWCOMER), demo.company_id(NEWCOMER)
    assert customer not in {mapped for mapped, _, _ in demo_mappings()}
    contracts = demo.contract_ids(company)
    assert len(contracts) == 1
    row = demo.autotask.tables["Contracts"][contracts[0]]
    assert (row["status"], row["contractPeriodType"]) == (1, 2)
    assert deltas(demo, customer, contracts[0]) == {"CIXA-MSP": 3, "CEMA-MSP": 0}


def test_two_customers_share_a_name_and_one_has_no_company(demo: State) -> None:
    names = [customer["name"] for customer in demo.sophos.customers.values()]
    assert names.count("Schneider Bau GmbH") == 2
    companies = [row for row in demo.autotask.tables["Companies"].values() if row["companyName"] == "Schneider Bau GmbH"]
    assert {row["city"] for row in companies} == {"Köln", "Stuttgart"}
    with pytest.raises(LookupError):
        demo.company_id("Tierklinik Auenwald")


def test_usage_has_the_odd_lines_that_really_come(demo: State) -> None:
    lines = [item for month in demo.sophos.usage for item in demo.sophos.lines_of(month)]
    assert any("accountId" not in item for item in lines)
    assert any("unitPrice" not in item for item in lines)
    assert any(item["billableQuantity"] == 0 for item in lines)
    assert any(item["accountStatus"] == "canceled" for item in lines)
    assert any(item["actualQuantity"] != item["billableQuantity"] for item in lines)
    keys = [(item.get("accountId"), item["productCode"], item["billingStartDate"]) for item in lines]
    assert len(keys) > len(set(keys))


def test_alerts_of_every_kind_are_open_in_the_demo(demo: State) -> None:
    alerts = demo.alerts()
    assert {kind.type for kind in KINDS} <= {alert["type"] for alert in alerts}
    assert any(alert["managedAgent"] == {} and "person" not in alert for alert in alerts)
    assert any("<a href=" in alert["description"] for alert in alerts)
    assert any(alert["allowedActions"] == [] for alert in alerts)
    assert len({(alert["tenant"]["id"], alert["groupKey"]) for alert in alerts}) < len(alerts)
    (closed,) = demo.switches.alerts_forbidden
    assert closed in {customer for customer, _, _ in demo_mappings()}
    assert demo.alerts(closed)
    assert demo.tickets() == []


def test_the_same_day_gives_the_same_demo() -> None:
    one, two = (seeded("demo", date(2026, 11, 23)) for _ in range(2))
    assert one.sophos.customers == two.sophos.customers
    assert one.sophos.usage == two.sophos.usage
    assert one.autotask.lines.keys() == two.autotask.lines.keys()


def test_in_the_demo_a_new_month_goes_on_from_the_last() -> None:
    day = [date(2026, 11, 30)]
    state = State(today=lambda: day[0])
    SEEDS["demo"](state)
    before = [item["billableQuantity"] for item in state.sophos.lines_of("2026-11", rolls=True)]
    day[0] = date(2026, 12, 1)
    lines = state.sophos.lines_of("2026-12", rolls=state.switches.usage_rolls)
    assert [item["billableQuantity"] for item in lines] == before
    assert {item["billingStartDate"] for item in lines} == {"2026-12-01"}


def test_in_the_small_seed_everything_is_in_step() -> None:
    state = seeded("small", date(2026, 11, 23))
    for customer in state.sophos.customers.values():
        contracts = state.contract_ids(state.company_id(customer["name"]))
        assert len(contracts) == 1
        assert set(deltas(state, customer["id"], contracts[0]).values()) == {0}


def test_usage_moves_believably() -> None:
    state = seeded("demo", date(2026, 11, 23))
    before = [item["billableQuantity"] for item in state.sophos.lines_of("2026-11")]
    moved = state.move_usage()
    after = [item["billableQuantity"] for item in state.sophos.lines_of("2026-11")]
    steps = [new - old for old, new in zip(before, after, strict=True)]
    assert sum(step != 0 for step in steps) == moved
    assert len(steps) / 5 < moved < len(steps) / 2
    assert max(steps) <= 3
    assert min(steps) >= -1
