"""Mapping customers: what is kept, what is refused with which reason, and what the audit log says of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests import builders
from tests.builders import BAKERY, OPERATOR, add_company, add_contract, add_customer
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AuditEntry, Customer, Mapping
from webapp.services import companies, mappings


def mapping_of(customer: Customer) -> Mapping:
    return db.session.execute(select(Mapping).where(Mapping.customer_id == customer.id)).scalar_one()


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_a_name_that_fits_one_company_is_kept_by_its_id(context: Flask) -> None:
    customer, company = add_customer(), add_company(name="Bäckerei Wöhrle KG")
    add_company(name="Bäckerei Wöhrle Filialen GmbH")
    mappings.set_company(customer_id=customer.id, name=" BAECKEREI WOEHRLE kg ", by=OPERATOR)
    assert mapping_of(customer).company_id == company.id
    assert mapping_of(customer).changed_by == OPERATOR
    entry = entries()[0]
    assert (entry.actor, entry.subject) == (OPERATOR, f"customer:{customer.id}")
    assert (entry.before, entry.after) == ({"company_id": None}, {"company_id": company.id})


def test_a_name_fits_without_its_legal_form_where_only_one_company_has_it(context: Flask) -> None:
    customer, company = add_customer(), add_company(name="Bäckerei Wöhrle GmbH & Co. KG")
    mappings.set_company(customer_id=customer.id, name="Bäckerei Wöhrle", by=OPERATOR)
    assert mapping_of(customer).company_id == company.id


def test_a_name_that_fits_two_companies_is_refused_with_both(context: Flask) -> None:
    customer = add_customer()
    first = add_company(name="Anchor Point Ltd", city="Hull", number="A1")
    second = add_company(name="Anchor Point LLP", city="Grimsby")
    with pytest.raises(Refused) as refusal:
        mappings.set_company(customer_id=customer.id, name="Anchor Point", by=OPERATOR)
    assert (refusal.value.code, refusal.value.field) == ("company_ambiguous", "company")
    near = refusal.value.params["near"]
    assert {company["id"] for company in near} == {first.id, second.id}
    assert {"id": first.id, "name": "Anchor Point Ltd", "city": "Hull", "number": "A1"} in near
    assert mapping_of(customer).company_id is None
    assert entries() == []


def test_a_name_that_fits_no_company_is_refused_with_the_near_ones(context: Flask) -> None:
    customer, near = add_customer(), add_company(name="Bäckerei Wöhrle KG")
    with pytest.raises(Refused) as refusal:
        mappings.set_company(customer_id=customer.id, name="Bäkerei Wörle", by=OPERATOR)
    assert refusal.value.code == "company_unknown"
    assert [company["id"] for company in refusal.value.params["near"]] == [near.id]


def test_an_inactive_or_vanished_company_fits_no_name_and_no_id(context: Flask) -> None:
    customer = add_customer()
    inactive = add_company(is_active=False)
    vanished = add_company(missing_since=datetime(2026, 11, 1, tzinfo=UTC))
    for company in (inactive, vanished):
        with pytest.raises(Refused, match="company_gone"):
            mappings.set_company(customer_id=customer.id, name="", company_id=company.id, by=OPERATOR)
    with pytest.raises(Refused, match="company_unknown"):
        mappings.set_company(customer_id=customer.id, name=BAKERY, by=OPERATOR)
    with pytest.raises(Refused, match="company_id_unknown"):
        mappings.set_company(customer_id=customer.id, name="", company_id=5, by=OPERATOR)


def test_one_of_two_companies_of_the_same_name_is_chosen_by_its_id_and_stays_when_saved_again(context: Flask) -> None:
    customer, chosen = add_customer(), add_company()
    add_company()
    mappings.set_company(customer_id=customer.id, name=BAKERY, company_id=chosen.id, by=OPERATOR)
    mappings.set_company(customer_id=customer.id, name=BAKERY, by=OPERATOR)
    assert mapping_of(customer).company_id == chosen.id
    assert len(entries()) == 1


def mapped(**more: Any) -> Customer:
    company = add_company()
    return add_customer(company=company, contract=add_contract(company=company), **more)


def test_an_empty_name_unmaps_and_switches_everything_off(context: Flask) -> None:
    customer = mapped(usage_sync=True, ticket_sync=True)
    mappings.set_company(customer_id=customer.id, name="  ", by=OPERATOR)
    mapping = mapping_of(customer)
    assert (mapping.company_id, mapping.contract_id, mapping.usage_sync, mapping.ticket_sync) == (None, None, False, False)
    assert set(entries()[0].after or {}) == {"company_id", "contract_id", "usage_sync", "ticket_sync"}


def test_another_company_clears_the_contract_and_usage_sync_but_not_ticket_sync(context: Flask) -> None:
    customer, other = mapped(usage_sync=True, ticket_sync=True), add_company(name="Wöhrle Holding")
    mappings.set_company(customer_id=customer.id, name="Wöhrle Holding", by=OPERATOR)
    mapping = mapping_of(customer)
    assert (mapping.company_id, mapping.contract_id, mapping.usage_sync, mapping.ticket_sync) == (other.id, None, False, True)


def test_a_contract_of_the_company_in_effect_is_kept_and_may_be_expired(context: Flask) -> None:
    company = add_company()
    expired = add_contract(company=company, end_date=date(2026, 10, 31))
    customer = add_customer(company=company)
    mappings.set_contract(customer_id=customer.id, contract_id=expired.id, by=OPERATOR)
    assert mapping_of(customer).contract_id == expired.id


def test_contracts_that_cannot_be_billed_are_refused_by_name(context: Flask) -> None:
    company, other = add_company(), add_company(name="Other")
    customer = add_customer(company=company)
    refused = {
        add_contract(company=other).id: "contract_of_another_company",
        add_contract(company=company, status=0).id: "contract_inactive",
        add_contract(company=company, missing_since=builders.SEEN).id: "contract_inactive",
        add_contract(company=company, contract_type=1).id: "contract_not_recurring",
        7: "contract_unknown",
    }
    for contract_id, code in refused.items():
        with pytest.raises(Refused, match=code):
            mappings.set_contract(customer_id=customer.id, contract_id=contract_id, by=OPERATOR)
    with pytest.raises(Refused, match="company_missing"):
        mappings.set_contract(customer_id=add_customer().id, contract_id=next(iter(refused)), by=OPERATOR)
    assert mapping_of(customer).contract_id is None
    assert entries() == []


def test_without_a_contract_usage_sync_goes_off(context: Flask) -> None:
    customer = mapped(usage_sync=True, ticket_sync=True)
    mappings.set_contract(customer_id=customer.id, contract_id=None, by=OPERATOR)
    mapping = mapping_of(customer)
    assert (mapping.usage_sync, mapping.ticket_sync) == (False, True)


def test_usage_sync_is_switched_twice_as_once(context: Flask) -> None:
    customer = mapped()
    for _ in range(2):
        mappings.set_usage_sync(customer_id=customer.id, enabled=True, by=OPERATOR)
        assert mapping_of(customer).usage_sync
    for _ in range(2):
        mappings.set_usage_sync(customer_id=customer.id, enabled=False, by=OPERATOR)
        assert not mapping_of(customer).usage_sync
    assert [entry.after for entry in entries()] == [{"usage_sync": True}, {"usage_sync": False}]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"billing_type": "trial"}, "usage_sync_trial"),
        ({"billing_type": "term"}, "usage_sync_term"),
        ({"billing_type": "barter"}, "usage_sync_other"),
        ({"gone_at": builders.SEEN}, "usage_sync_gone"),
    ],
)
def test_usage_sync_is_refused_with_the_reason_where_it_is_not_available(context: Flask, values: Any, code: str) -> None:
    customer = mapped(**values)
    with pytest.raises(Refused, match=code):
        mappings.set_usage_sync(customer_id=customer.id, enabled=True, by=OPERATOR)
    assert not mapping_of(customer).usage_sync


def test_usage_sync_needs_company_and_contract_in_effect(context: Flask) -> None:
    company = add_company()
    cancelled = add_contract(company=company, status=0)
    for customer, code in (
        (add_customer(), "company_missing"),
        (add_customer(company=company), "contract_missing"),
        (add_customer(company=company, contract=cancelled), "contract_inactive"),
        (add_customer(company=add_company(is_active=False), contract=cancelled), "company_gone"),
    ):
        with pytest.raises(Refused, match=code):
            mappings.set_usage_sync(customer_id=customer.id, enabled=True, by=OPERATOR)


def test_ticket_sync_needs_the_company_only(context: Flask) -> None:
    term = add_customer(company=add_company(), billing_type="term")
    mappings.set_ticket_sync(customer_id=term.id, enabled=True, by=OPERATOR)
    assert mapping_of(term).ticket_sync
    with pytest.raises(Refused, match="company_missing"):
        mappings.set_ticket_sync(customer_id=add_customer().id, enabled=True, by=OPERATOR)


def test_an_unknown_customer_is_not_found(context: Flask) -> None:
    with pytest.raises(NotFound):
        mappings.set_usage_sync(customer_id="nobody", enabled=True, by=OPERATOR)


def test_the_contracts_offered_are_in_effect_and_running_ones_come_first(context: Flask) -> None:
    company, other = add_company(), add_company(name="Other")
    add_contract(company=company, name="Old", end_date=date(2026, 11, 22))
    add_contract(company=company, name="Next", start_date=date(2027, 1, 1), end_date=date(2027, 12, 31))
    add_contract(company=company, name="Last day", end_date=date(2026, 11, 23))
    add_contract(company=company, name="Endless", end_date=None)
    add_contract(company=company, name="Cancelled", status=0)
    add_contract(company=company, name="Project", contract_type=3)
    add_contract(company=other, name="Other")
    choices = companies.contract_choices([company.id])[company.id]
    assert [(choice.name, choice.expired) for choice in choices] == [
        ("Endless", False),
        ("Last day", False),
        ("Next", False),
        ("Old", True),
    ]
    assert set(companies.contract_choices([company.id, other.id])) == {company.id, other.id}


def test_suggestions_are_active_companies_best_first_and_signs_of_patterns_are_only_signs(context: Flask) -> None:
    add_company(name="Ahrens Tiefbau GmbH")
    add_company(name="MVZ Ahrensburg GmbH")
    add_company(name="Ahrens & Söhne", is_active=False)
    add_company(name="Zoo")
    assert [company.name for company in companies.suggestions("ahre")] == ["Ahrens Tiefbau GmbH", "MVZ Ahrensburg GmbH"]
    assert companies.suggestions("%") == companies.suggestions("_") == []
    assert companies.suggestions("Arens Tiefbau")[0].name == "Ahrens Tiefbau GmbH"


def test_a_company_of_the_same_name_is_proposed_where_there_is_only_one(context: Flask) -> None:
    add_company(name="Eichhorn Gartenbau")
    add_company(name="Zwilling")
    add_company(name="Zwilling")
    found = companies.of_the_same_name(["eichhorn gartenbau gmbh", "zwilling", "nobody"])
    assert {folded: company.name for folded, company in found.items()} == {"eichhorn gartenbau gmbh": "Eichhorn Gartenbau"}
