"""The refresh: the mirror follows both systems, nothing is deleted, and what cannot be read is never taken for gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import builders
from tests.sandboxed import MOMENT, connect_both
from webapp.clients.errors import ApiError, BadAnswer
from webapp.clients.http import Counter
from webapp.domain import ResultState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Company, Contract, ContractService, Customer, Finding, Mapping, Product, Service, Usage
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox
from webapp.services import refresh
from webapp.services.refresh import RefreshResult


@pytest.fixture
def connected(small_sandbox: Sandbox, context: Flask) -> Sandbox:
    connect_both(small_sandbox)
    return small_sandbox


def run(*scope: str, counter: Counter | None = None) -> RefreshResult:
    return refresh.carry_out(scope=scope or None, counter=counter or Counter())


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def open_findings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in db.session.scalars(select(Finding).where(Finding.cleared_at.is_(None)).order_by(Finding.key)):
        found.setdefault(row.code, []).append(row.customer_id or row.subject)
    return found


def map_to_own(small_sandbox: Sandbox, name: str, *, usage_sync: bool = True) -> Mapping:
    mapping = db.session.get_one(Mapping, small_sandbox.state.customer_id(name))
    mapping.company_id = small_sandbox.state.company_id(name)
    mapping.contract_id = small_sandbox.state.contract_ids(mapping.company_id)[0]
    mapping.usage_sync = usage_sync
    db.session.commit()
    return mapping


def drop(small_sandbox: Sandbox, table: str, row_id: int) -> None:
    del small_sandbox.state.autotask.tables[table][row_id]


def test_a_first_refresh_brings_everything(connected: Sandbox) -> None:
    counter = Counter()
    result = run(counter=counter)
    assert (result.new_customers, result.companies, result.contracts, result.services, result.contract_services) == (
        6,
        6,
        6,
        3,
        18,
    )
    assert [count(model) for model in (Customer, Mapping, Company, Contract, Service, ContractService)] == [6, 6, 6, 6, 3, 18]
    assert count(Product) == 3
    assert {each.state for each in result.customers} == {ResultState.SUCCEEDED}
    assert len(open_findings()["customer_unmapped"]) == 6
    assert (counter.calls.sophos, counter.calls.autotask) == (2, 4)


def test_a_second_refresh_changes_nothing_but_follows_a_new_name(connected: Sandbox) -> None:
    run()
    customer_id = connected.state.customer_id(SMALL_NAMES[0])
    connected.state.sophos.customers[customer_id]["showAs"] = "Größe & Maß <b>GmbH</b>\u202e"
    assert run().new_customers == 0
    row = db.session.get_one(Customer, customer_id)
    assert (row.shown_name, row.name_folded) == ("Größe & Maß <b>GmbH</b>\u202e", "groesse mass b gmbh b")


def test_a_name_of_any_length_and_any_signs_fits(connected: Sandbox) -> None:
    connected.state.add_customer(name="ß" * 700)
    connected.state.add_company(name="🦊" * 600 + "\x00\x1f")
    run()
    assert db.session.scalar(select(func.max(func.length(Customer.name)))) == 500
    assert db.session.scalar(select(func.max(func.length(Company.name)))) == 500


def test_a_customer_is_gone_after_two_lists_without_it_and_a_404(connected: Sandbox) -> None:
    run()
    customer_id = connected.state.customer_id(SMALL_NAMES[1])
    map_to_own(connected, SMALL_NAMES[1])
    kept = connected.state.sophos.customers.pop(customer_id)
    result = run()
    row = db.session.get_one(Customer, customer_id)
    assert (row.missing_refreshes, row.gone_at) == (1, None)
    assert [each.code for each in result.customers if each.customer_id == customer_id] == ["customer_missing"]
    assert open_findings()["customer_missing"] == [customer_id]
    run()
    assert db.session.get_one(Customer, customer_id).gone_at is not None
    assert open_findings()["customer_gone"] == [customer_id]
    assert "customer_missing" not in open_findings()
    connected.state.sophos.customers[customer_id] = kept
    run()
    row = db.session.get_one(Customer, customer_id)
    assert (row.missing_refreshes, row.gone_at) == (0, None)
    assert not {"customer_gone", "customer_missing"} & set(open_findings())


def test_a_customer_that_is_still_there_by_id_is_not_gone(connected: Sandbox) -> None:
    run()
    row = db.session.scalars(select(Customer)).first()
    assert row is not None
    customer_id = row.id
    row.missing_refreshes = 1
    db.session.commit()
    others = [item for key, item in connected.state.sophos.customers.items() if key != customer_id]
    pages = {"current": 1, "size": 100, "maxSize": 100, "total": 1, "items": len(others)}
    public = [{key: value for key, value in item.items() if not key.startswith("_")} for item in others]
    connected.state.faults.add(
        "status", host="sophos_api", path="/partner/v1/tenants", times=1, status=200, body={"items": public, "pages": pages}
    )
    run()
    row = db.session.get_one(Customer, customer_id)
    assert (row.missing_refreshes, row.gone_at) == (2, None)


def test_a_list_that_breaks_off_marks_nobody_missing(connected: Sandbox) -> None:
    for number in range(120):
        connected.state.add_customer(name=f"Kunde {number}")
    run()
    connected.state.faults.add("status", host="sophos_api", path="tenants", nth=2, status=400, body={"error": "badRequest"})
    with pytest.raises(ApiError):
        run()
    assert db.session.scalar(select(func.max(Customer.missing_refreshes))) == 0


@pytest.mark.parametrize("entity", ["Companies", "Contracts", "Services", "ContractServices"])
def test_an_empty_list_of_everything_is_not_believed(connected: Sandbox, entity: str) -> None:
    run()
    connected.state.hidden_entities.add(entity)
    with pytest.raises(BadAnswer):
        run()
    for model in (Company, Contract, Service, ContractService):
        assert db.session.scalars(select(model).where(model.missing_since.is_not(None))).all() == []


def test_no_customers_at_all_are_not_believed(connected: Sandbox) -> None:
    run()
    connected.state.sophos.customers.clear()
    with pytest.raises(BadAnswer):
        run()
    assert db.session.scalar(select(func.max(Customer.missing_refreshes))) == 0


def test_what_vanishes_in_autotask_is_marked_and_comes_back(connected: Sandbox) -> None:
    run()
    mapping = map_to_own(connected, SMALL_NAMES[0])
    company_id, contract_id = mapping.company_id, mapping.contract_id
    assert company_id is not None
    assert contract_id is not None
    tables = connected.state.autotask.tables
    company, contract = tables["Companies"][company_id], tables["Contracts"][contract_id]
    drop(connected, "Companies", company_id)
    drop(connected, "Contracts", contract_id)
    run()
    assert db.session.get_one(Company, company_id).missing_since is not None
    assert {"company_gone", "contract_not_mapped"} <= set(open_findings())
    tables["Companies"][company_id], tables["Contracts"][contract_id] = company, contract
    run()
    assert db.session.get_one(Company, company_id).missing_since is None
    assert not {"company_gone", "contract_not_mapped"} & set(open_findings())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": 0}, "contract_inactive"),
        ({"endDate": "2026-11-22T00:00:00.000Z"}, "contract_ended"),
        ({"endDate": "2026-12-23T00:00:00.000Z"}, "contract_ends"),
        ({"endDate": "2026-12-24T00:00:00.000Z"}, None),
    ],
)
def test_the_state_of_a_mapped_contract_is_found(connected: Sandbox, change: dict[str, Any], code: str | None) -> None:
    run()
    mapping = map_to_own(connected, SMALL_NAMES[0])
    connected.state.autotask.tables["Contracts"][mapping.contract_id].update(change)
    customer_id = mapping.customer_id
    run()
    found = {key for key, customers in open_findings().items() if customer_id in customers}
    assert found == ({code} if code else set())


@pytest.mark.parametrize("how", ["older names newer", "newer names older", "dates", "other period", "two"])
def test_the_contract_that_follows_is_suggested_when_it_is_certain(connected: Sandbox, how: str) -> None:
    run()
    mapping = map_to_own(connected, SMALL_NAMES[0])
    customer_id, contract_id, company_id = mapping.customer_id, mapping.contract_id, mapping.company_id
    assert company_id is not None
    row = connected.state.autotask.tables["Contracts"][contract_id]
    row["endDate"] = "2026-11-30T00:00:00.000Z"
    named = how in ("older names newer", "newer names older")
    start = date(2027, 2, 1) if named else date(2026, 12, 1)
    more: dict[str, Any] = {"period_type": 5} if how == "other period" else {}
    follower = connected.state.add_contract(company_id=company_id, name="Nachfolger", start=start, end=date(2029, 1, 31), **more)
    if how == "two":
        connected.state.add_contract(company_id=company_id, name="Noch einer", start=start, end=date(2029, 1, 31))
    if how == "older names newer":
        row["renewedContractID"] = follower
    if how == "newer names older":
        connected.state.autotask.tables["Contracts"][follower]["renewedContractID"] = contract_id
    run()
    certain = how not in ("other period", "two")
    assert open_findings().get("contract_ends_successor" if certain else "contract_ends") == [customer_id]
    if certain:
        finding = db.session.scalars(select(Finding).where(Finding.code == "contract_ends_successor")).one()
        assert (finding.params["successor"], finding.params["successor_id"]) == ("Nachfolger", str(follower))


def test_a_changed_billing_type_is_a_finding_and_so_is_the_change_back(connected: Sandbox) -> None:
    run()
    customer_id = map_to_own(connected, SMALL_NAMES[2]).customer_id
    connected.state.sophos.customers[customer_id]["billingType"] = "term"
    run()
    run()
    assert open_findings()["billing_type_changed"] == [customer_id]
    finding = db.session.scalars(select(Finding).where(Finding.code == "billing_type_changed")).one()
    assert (finding.params["before"], finding.params["after"]) == ("usage", "term")
    finding_id = finding.id
    connected.state.sophos.customers[customer_id]["billingType"] = "usage"
    run()
    assert db.session.get_one(Finding, finding_id).params["after"] == "usage"


def test_a_product_in_use_without_a_service_is_found_until_it_has_one(connected: Sandbox) -> None:
    run()
    customer_id = map_to_own(connected, SMALL_NAMES[0]).customer_id
    usage = {"month": "2026-11", "customer_id": customer_id, "order_lines": 1, "read_at": MOMENT}
    db.session.add_all(
        [
            Usage(product_code="CIXA-MSP", billable=10, **usage),
            Usage(product_code="CEMA-MSP", billable=0, **usage),
        ]
    )
    db.session.commit()
    run()
    assert open_findings()["product_without_service"] == ["product:CIXA-MSP"]
    service = db.session.scalars(select(Service)).first()
    builders.add_product_mapping(product=db.session.get_one(Product, "CIXA-MSP"), service=service)
    db.session.commit()
    run()
    assert "product_without_service" not in open_findings()


def test_chosen_customers_are_refreshed_alone(connected: Sandbox) -> None:
    run()
    chosen = map_to_own(connected, SMALL_NAMES[0])
    other = map_to_own(connected, SMALL_NAMES[1])
    for mapping in (chosen, other):
        connected.state.autotask.tables["Companies"][mapping.company_id]["companyName"] = "Umbenannt"
        connected.state.autotask.tables["Contracts"][mapping.contract_id]["contractName"] = "Neuer Name"
    chosen_id, chosen_company, chosen_contract, other_company = (
        chosen.customer_id,
        chosen.company_id,
        chosen.contract_id,
        other.company_id,
    )
    counter = Counter()
    result = run(chosen_id.upper(), counter=counter)
    assert [each.customer_id for each in result.customers] == [chosen_id]
    assert db.session.get_one(Company, chosen_company).name == "Umbenannt"
    assert db.session.get_one(Contract, chosen_contract).name == "Neuer Name"
    assert db.session.get_one(Company, other_company).name == SMALL_NAMES[1]
    assert (counter.calls.sophos, counter.calls.autotask) == (2, 3)
    assert db.session.scalars(select(Company).where(Company.missing_since.is_not(None))).all() == []


def test_many_chosen_customers_come_from_the_list(connected: Sandbox) -> None:
    for number in range(60):
        connected.state.add_customer(name=f"Kunde {number}")
    run()
    ids = list(db.session.scalars(select(Customer.id).order_by(Customer.name)))[:-1]
    db.session.commit()
    connected.state.sophos.customers.pop(ids[0])
    counter = Counter()
    result = run(*ids, counter=counter)
    assert counter.calls.sophos == 3  # token, the list, the one that is not in it
    assert len(result.customers) == 65
    assert [each.customer_id for each in result.customers if each.code] == [ids[0]]


def test_an_unknown_customer_is_refused_before_any_call(connected: Sandbox) -> None:
    counter = Counter()
    with pytest.raises(Refused, match="customer_unknown"):
        run("nobody", counter=counter)
    assert counter.calls.sophos == 0


def test_a_line_with_a_service_that_no_list_named_does_not_stop_the_refresh(connected: Sandbox) -> None:
    service = connected.state.service_id("CIXA-MSP")
    drop(connected, "Services", service)
    run()
    assert count(ContractService) == 18
    assert db.session.get_one(Service, service).missing_since is not None


def test_a_lost_lease_stops_the_refresh_between_two_pages(connected: Sandbox) -> None:
    steps: list[tuple[int, int]] = []

    def lost() -> None:
        if len(steps) == 2:
            raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        refresh.carry_out(
            scope=None, counter=Counter(), progress=lambda done, total: steps.append((done, total)), still_ours=lost
        )
    assert steps == [(6, 6), (6, 6)]
    assert (count(Company), count(Contract)) == (6, 0)
