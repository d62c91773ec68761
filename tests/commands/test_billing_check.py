"""``kontor billing-check``."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from tests import builders
from tests.commands.conftest import Run
from webapp import create_app
from webapp.extensions import db
from webapp.models import Usage
from webapp.settings import load_settings


@pytest.fixture
def instance(run: Run, environ: dict[str, str]) -> Iterator[Flask]:
    """The application on the instance of the commands."""
    run("runs")
    app = create_app(load_settings(environ))
    with app.app_context():
        product, service, company = builders.add_product(), builders.add_service(), builders.add_company()
        builders.add_product_mapping(product=product, service=service)
        contract = builders.add_contract(company=company)
        customer = builders.add_customer(company=company, contract=contract, usage_sync=True)
        builders.add_line_month(line=builders.add_contract_service(contract=contract, service=service))
        builders.add_usage(customer=customer)
        builders.add_reading()
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.usefixtures("instance")
def test_a_month_without_differences_ends_with_0(run: Run) -> None:
    answer = run("billing-check", "--month", "2026-11")
    assert answer.exit_code == 0, answer.output
    assert "2026-11: 0 of 1 rows differ" in answer.stdout


def test_a_difference_ends_with_1_and_is_named(run: Run, instance: Flask) -> None:
    with instance.app_context():
        db.session.query(Usage).update({"billable": 20})
        builders.add_usage(customer=builders.add_customer(name=builders.DENTIST), billable=7)
        db.session.commit()
    answer = run("billing-check", "--json")
    assert answer.exit_code == 1
    document = json.loads(answer.stdout)
    assert (document["month"], document["differences"]) == ("2026-11", 2)
    assert {row["standing"] for row in document["rows"]} == {"not_read", "unbilled"}
    assert document["totals"]["usage"]["billable"] == 27
    assert document["problems"][0]["code"] == "check_lines_unread"
    spoken = run("billing-check").stdout
    assert "unbilled: Dr. Fröhlich & Kollegen Zahnärzte" in spoken


@pytest.mark.usefixtures("instance")
def test_a_month_that_was_never_read_ends_with_1(run: Run) -> None:
    answer = run("billing-check", "--month", "2026-10")
    assert answer.exit_code == 1
    assert "check_usage_missing" in answer.stderr


@pytest.mark.parametrize("month", ["2026-13", "November", "2026-12"])
def test_a_bad_month_ends_with_2(run: Run, month: str) -> None:
    assert run("billing-check", "--month", month).exit_code == 2
    answer = run("billing-check", "--json", "--month", month)
    assert json.loads(answer.stdout)["error"]["code"] in ("month_invalid", "month_in_future")
