"""The Autotask Integration Guide knows what is done; findings and troubleshooting say what to do."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import Pages
from webapp.codes import ERROR_CODES
from webapp.context import now
from webapp.extensions import db
from webapp.models import Company, Connection, Customer, Mapping, Product, ProductMapping, Service
from webapp.services import findings, preferences
from webapp.services.findings import Raised


def _customer(number: int, *, company_id: int | None = None, name: str | None = None) -> Customer:
    name = name or f"Customer {number}"
    customer = Customer(id=f"c-{number}", name=name, name_folded=name.lower(), billing_type="usage")
    customer.first_seen_at = customer.last_seen_at = now()
    customer.mapping = Mapping(company_id=company_id)
    return customer


@pytest.fixture
def begun(app: Flask) -> None:
    """Both systems connected, one of two products and one of three customers mapped."""
    with app.app_context():
        for system in ("sophos", "autotask"):
            moment = {"connected_at": now(), "checked_at": now()}
            db.session.add(Connection(system=system, credentials="x", facts={}, connected_by="user:Ada", **moment))
        db.session.add(Company(id=7, name="Company", name_folded="company"))
        db.session.add(Service(id=5, name="Service", name_folded="service"))
        db.session.add_all([Product(code=code, description=f"Text of {code}", first_seen_at=now()) for code in ("A", "B")])
        db.session.flush()
        db.session.add(ProductMapping(product_code="A", service_id=5, changed_at=now(), changed_by="kontor"))
        db.session.add_all([_customer(1, company_id=7), _customer(2), _customer(3)])
        db.session.commit()


def test_a_new_installation_has_no_step_done_and_the_first_page_leads_here(viewer: Pages) -> None:
    assert viewer.client.get("/").location == "/psa"
    page = viewer.get("/psa")
    assert "0 of 5 steps done" in page
    assert "Autotask Integration Guide" in page
    assert "Manage Settings" in page


@pytest.mark.usefixtures("begun")
def test_the_guide_counts_what_is_mapped_and_names_what_is_missing(viewer: Pages) -> None:
    page = viewer.get("/psa")
    assert "2 of 5 steps done" in page
    assert "1 of 2 products have a service." in page
    assert "Text of B (B)" in page
    assert "1 of 3 customers are mapped." in page
    assert "1 of them has no contract yet." in page
    assert "/psa/autotask/customers?mapped=0" in page


@pytest.mark.usefixtures("begun")
def test_the_guide_speaks_german(viewer: Pages) -> None:
    page = viewer.get("/psa?lang=de")
    for text in (
        "Autotask-Integrationshandbuch",
        "Einstellungen verwalten",
        "1 von 3 Kunden sind zugeordnet.",
        "2 Kunden zuordnen",
    ):
        assert text in page


def test_a_started_installation_says_since_when_and_by_whom(app: Flask, admin: Pages) -> None:
    with app.app_context():
        preferences.put(name="mode", value="automatic", by="user:Ada")
        db.session.commit()
    page = admin.get("/psa")
    assert "Mode Automatic since 23 Nov 2026, set by Ada." in page
    assert "The first sync has not run yet." in page
    assert admin.client.get("/").location == "/psa/autotask/customers"


def test_only_an_administrator_is_led_to_the_connections(viewer: Pages, admin: Pages) -> None:
    assert "/settings/connections" not in viewer.get("/psa")
    assert "/settings/connections" in admin.get("/psa")


def test_findings_show_cause_and_advice_with_the_worst_first(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        db.session.add(_customer(1, name="<b>Müller & Söhne</b>"))
        raised = [
            Raised("customer_unmapped", "warn", "customer:c-1", "c-1", {"customer": "<b>Müller & Söhne</b>"}),
            Raised("contract_ended", "bad", "contract:4", "c-1", {"contract": "Security 2025", "date": "2026-10-31"}),
        ]
        findings.replace(source="refresh", findings=raised)
        db.session.commit()
    page = viewer.get("/findings")
    assert page.index("Security 2025 ended on 31 Oct 2026") < page.index("has no company in Autotask yet")
    assert "&lt;b&gt;Müller &amp; Söhne&lt;/b&gt;" in page
    assert "q=c-1" in page


def test_many_customers_without_a_company_are_one_thing_to_look_at(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        raised = [
            Raised("customer_unmapped", "warn", f"customer:{n}", None, {"customer": f"Customer no. {n}"}) for n in range(30)
        ]
        raised.append(Raised("contract_ended", "bad", "contract:4", None, {"contract": "Security 2025", "date": "2026-10-31"}))
        findings.replace(source="refresh", findings=raised)
        db.session.commit()
    page = viewer.get("/findings")
    assert "2 things to look at" in page
    assert "30 customers have no company in Autotask yet." in page
    assert "customers?mapped=0" in page
    assert "Customer no. 7" not in page


def test_without_findings_the_page_says_that_nothing_waits(viewer: Pages) -> None:
    assert "Nothing waits for you" in viewer.get("/findings")


def test_many_findings_come_in_pages_and_a_page_past_the_end_is_the_last(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        raised = [Raised("product_without_service", "warn", f"product:{n}", None, {"product": f"P{n}"}) for n in range(51)]
        findings.replace(source="refresh", findings=raised)
        db.session.commit()
    assert viewer.get("/findings").count("product_without_service") == 50
    assert viewer.get("/findings?page=99").count("product_without_service") == 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_troubleshooting_explains_every_code_under_its_own_address(viewer: Pages, language: str) -> None:
    page = viewer.get(f"/help/troubleshooting?lang={language}")
    for code in ERROR_CODES:
        assert f'<section id="{code}"' in page
    assert "%(" not in page
