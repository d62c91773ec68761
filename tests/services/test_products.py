"""Products: automatic mapping, rules by hand, and which rule holds for which customer."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from tests.builders import (
    BAKERY,
    DENTIST,
    OPERATOR,
    SEEN,
    add_company,
    add_contract,
    add_contract_service,
    add_customer,
    add_product,
    add_product_mapping,
    add_service,
)
from webapp.domain import ProductRule, Quantity
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, ProductMapping, Usage
from webapp.services import product_rules, products


def mapped() -> dict[str, int | None]:
    rows = db.session.execute(select(ProductMapping.product_code, ProductMapping.service_id))
    return {code: service for code, service in rows}


def test_a_product_is_mapped_to_the_one_service_that_bears_its_code_or_description(context: Flask) -> None:
    by_name = add_service(name=" central EMAIL advanced ")
    by_sku = add_service(name="Endpoint", sku="cixa-msp")
    by_external_id = add_service(name="Firewall", external_id="XGS-MSP ")
    add_service(name="Central Phish", is_active=False)
    add_service(name="Central Phish", missing_since=SEEN)
    for code, description in (
        ("CEMA-MSP", "Central Email Advanced"),
        ("CIXA-MSP", "Intercept X"),
        ("XGS-MSP", None),
        ("PHISH", "Central Phish"),
        ("BLANK", " "),
    ):
        add_product(code=code, description=description)
    made = products.map_automatically()
    assert mapped() == {"CEMA-MSP": by_name.id, "CIXA-MSP": by_sku.id, "XGS-MSP": by_external_id.id}
    assert all(mapping.automatic and mapping.quantity == "billable" and mapping.changed_by == "kontor" for mapping in made)
    assert products.map_automatically() == []


def test_where_two_services_fit_none_is_chosen(context: Flask) -> None:
    add_service(name="Central Email Advanced")
    add_service(name="Mail", sku="CEMA-MSP")
    add_product()
    assert products.map_automatically() == []
    assert mapped() == {}


def test_one_service_that_fits_twice_is_one(context: Flask) -> None:
    service = add_service(name="Central Email Advanced", sku="CEMA-MSP", external_id="CEMA-MSP")
    add_product()
    products.map_automatically()
    assert mapped() == {"CEMA-MSP": service.id}


def test_what_a_person_has_decided_is_not_mapped_again(context: Flask) -> None:
    service, other = add_service(name="Central Email Advanced"), add_service(name="Other")
    product = add_product()
    products.map_automatically()
    assert products.set_mapping(product_code=product.code, by=OPERATOR)
    assert products.map_automatically() == []
    assert mapped() == {product.code: None}
    products.set_mapping(product_code=product.code, service_id=other.id, by=OPERATOR)
    assert products.map_automatically() == []
    assert mapped() == {product.code: other.id}
    assert service.id not in mapped().values()


def test_a_customers_row_goes_before_the_row_for_all_field_by_field(context: Flask) -> None:
    service, other, product = add_service(), add_service(name="Other"), add_product()
    bakery, dentist = add_customer(name=BAKERY), add_customer(name=DENTIST)
    add_product_mapping(product=product, service=service, quantity="actual", included=2, exclude=True)
    add_product_mapping(product=product, customer=bakery, included=0, exclude=False)
    add_product_mapping(product=product, customer=dentist, service=other, quantity="ordered")
    rules = product_rules.rules()
    expected = ProductRule(product.code, service.id, Quantity.ACTUAL, included=0, exclude=False)
    assert rules.resolved(product.code, bakery.id) == expected
    assert rules.resolved(product.code, dentist.id) == ProductRule(product.code, other.id, Quantity.ORDERED, 2, exclude=True)
    assert rules.resolved(product.code, "somebody") == ProductRule(product.code, service.id, Quantity.ACTUAL, 2, exclude=True)
    assert rules.resolved("UNKNOWN", bakery.id) is None
    assert rules.mapped_services == {service.id, other.id}


def test_a_rule_without_fields_bills_what_is_billable(context: Flask) -> None:
    service, product = add_service(), add_product()
    add_product_mapping(product=product, service=service)
    expected = ProductRule(product.code, service.id, Quantity.BILLABLE, included=0, minimum=0, pack_size=1, exclude=False)
    assert product_rules.rules().resolved(product.code, "anybody") == expected


def test_minimum_and_pack_size_hold_for_every_product_of_the_service(context: Flask) -> None:
    service = add_service()
    add_product_mapping(product=add_product(code="A"), service=service, minimum=5, pack_size=10)
    add_product_mapping(product=add_product(code="B"), service=service)
    rule = product_rules.rules().resolved("B", "anybody")
    assert rule is not None
    assert (rule.minimum, rule.pack_size) == (5, 10)


def test_all_rules_are_read_in_one_query(context: Flask) -> None:
    for number in range(30):
        add_product_mapping(product=add_product(code=f"P{number}"), service=add_service())
    db.session.expire_all()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    rules = product_rules.rules()
    assert rules.resolved("P7", "anybody") is not None
    assert len(statements) == 1


def test_products_that_share_a_service_may_not_disagree_about_it(context: Flask) -> None:
    service = add_service(name="Email")
    add_product(code="A")
    add_product(code="B")
    products.set_mapping(product_code="A", service_id=service.id, minimum=5, by=OPERATOR)
    with pytest.raises(Refused) as refusal:
        products.set_mapping(product_code="B", service_id=service.id, minimum=6, by=OPERATOR)
    assert (refusal.value.code, refusal.value.field) == ("service_rule_differs", "minimum")
    assert refusal.value.params["products"] == "A, B"
    db.session.rollback()


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"included": -1}, "number_invalid", "included"),
        ({"minimum": -1}, "number_invalid", "minimum"),
        ({"pack_size": 0}, "number_invalid", "pack_size"),
        ({"included": 10**9}, "number_invalid", "included"),
        ({"quantity": "some"}, "choice_invalid", "quantity"),
        ({"service_id": 5}, "service_id_unknown", "service_id"),
        ({"contract_service_id": 5}, "line_needs_customer", "contract_service_id"),
        ({"customer_id": "nobody"}, "customer_unknown", "customer_id"),
        ({"product_code": "NONE"}, "product_unknown", "product_code"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(context: Flask, values: Any, code: str, field: str) -> None:
    service = add_service()
    add_product()
    wanted = {"product_code": "CEMA-MSP", "service_id": service.id, "by": OPERATOR} | values
    with pytest.raises(Refused) as refusal:
        products.set_mapping(**wanted)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert mapped() == {}


def test_a_line_is_chosen_for_one_customer_among_those_of_its_contract(context: Flask) -> None:
    service, company = add_service(), add_company()
    contract, foreign = add_contract(company=company), add_contract(company=company)
    customer = add_customer(company=company, contract=contract)
    line, elsewhere = (add_contract_service(contract=one, service=service) for one in (contract, foreign))
    other = add_contract_service(contract=contract, service=add_service(name="Other"))
    add_product()
    products.set_mapping(product_code="CEMA-MSP", service_id=service.id, by=OPERATOR)
    for wrong in (elsewhere.id, other.id, 7):
        with pytest.raises(Refused, match="line_unknown"):
            products.set_mapping(product_code="CEMA-MSP", customer_id=customer.id, contract_service_id=wrong, by=OPERATOR)
    products.set_mapping(product_code="CEMA-MSP", customer_id=customer.id, contract_service_id=line.id, by=OPERATOR)
    rule = product_rules.rules().resolved("CEMA-MSP", customer.id)
    assert rule is not None
    assert (rule.service_id, rule.contract_service_id) == (service.id, line.id)


def test_twice_is_as_once_and_each_change_is_audited(context: Flask) -> None:
    service, customer = add_service(), add_customer()
    add_product()
    wanted: dict[str, Any] = {"product_code": "CEMA-MSP", "customer_id": customer.id, "service_id": service.id, "by": OPERATOR}
    assert [products.set_mapping(**wanted), products.set_mapping(**wanted)] == [True, False]
    assert products.set_mapping(product_code="CEMA-MSP", customer_id=customer.id, by=OPERATOR)
    assert mapped() == {}
    entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.before, entry.after) for entry in entries] == [
        ({"service_id": None}, {"service_id": service.id}),
        ({"service_id": service.id}, {"service_id": None}),
    ]


def test_the_list_says_who_uses_a_product_and_what_became_of_its_service(context: Flask) -> None:
    service = add_service(missing_since=SEEN)
    product = add_product()
    add_product(code="AAA", description=None)
    customer = add_customer()
    add_product_mapping(product=product, service=service, minimum=3)
    add_product_mapping(product=product, customer=customer, included=1)
    for month, user in (("2026-10", "a"), ("2026-11", "a"), ("2026-11", "b"), ("2026-11", None)):
        db.session.add(Usage(month=month, customer_id=user, product_code=product.code, order_lines=1, billable=1, read_at=SEEN))
    db.session.flush()
    first, second = products.listed()
    assert (first.description, first.service_name, first.customers) == ("AAA", None, 0)
    assert (second.service_name, second.service_gone, second.minimum) == (service.name, True, 3)
    assert (second.customers, second.exceptions) == (2, 1)
    assert products.row(product.code) == second
    with pytest.raises(Refused, match="product_unknown"):
        products.row("NONE")
