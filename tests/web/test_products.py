"""The Products page: what it shows, what its forms keep and refuse, as a page and as a partial."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask import Flask

from tests.builders import add_product, add_product_mapping, add_service
from tests.web.conftest import Pages
from tests.web.test_customers import plain, words
from webapp.extensions import db
from webapp.services import products

PATH = "/psa/autotask/products"
CODE = "CEMA-MSP"


@pytest.fixture
def product(app: Flask) -> str:
    """A product without a service; there are two services."""
    with app.app_context():
        add_service(name="Sophos Email Advanced", sku="SEA-1")
        add_service(name="Intercept X")
        add_product(code=CODE)
        db.session.commit()
        return products.row(CODE).key


def rule(app: Flask) -> products.ProductRow:
    with app.app_context():
        return products.row(CODE)


def part(page: str, key: str) -> str:
    found = re.search(rf'<tbody id="{key}".*?</tbody>', page, re.DOTALL)
    assert found
    return plain(found[0])


def test_a_service_is_saved_by_its_name_and_the_partial_is_the_row_of_the_page(operator: Pages, app: Flask, product: str) -> None:
    assert "1 product has no service." in words(operator.get(PATH))
    data = {"service": "sophos EMAIL advanced", "quantity": "actual", "included": "2", "minimum": "", "pack_size": "5"}
    first = operator.post(f"{PATH}/rule/{CODE}", data, htmx=True, status=200)
    assert "Central Email Advanced is billed as Sophos Email Advanced." in first.headers["HX-Trigger"]
    assert plain(operator.post(f"{PATH}/rule/{CODE}", data, htmx=True, status=200).text) == plain(first.text)
    assert part(operator.get(PATH), product) == plain(first.text)
    kept = rule(app)
    assert (kept.service_name, kept.quantity, kept.included, kept.minimum, kept.pack_size) == (
        "Sophos Email Advanced",
        "actual",
        2,
        None,
        5,
    )
    opened = part(operator.get(f"{PATH}?edit={CODE}"), product)
    assert plain(operator.get(f"{PATH}/rule/{CODE}?edit=1", htmx=True)) == opened
    assert 'value="Sophos Email Advanced"' in opened


def test_a_plain_form_goes_back_to_the_list(operator: Pages, app: Flask, product: str) -> None:
    answer = operator.post(f"{PATH}/rule/{CODE}", {"service": "Intercept X", "quantity": "billable", "exclude": "1"})
    assert answer.location == f"{PATH}#{product}"
    assert rule(app).exclude
    operator.post(f"{PATH}/rule/{CODE}", {"service": "", "quantity": "billable"})
    assert rule(app).service_name is None


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"service": "Sophos Mail"}, "No active service in Autotask fits “Sophos Mail”. Choose one:"),
        ({"included": "two"}, "“two” is no whole number from 0 to 1000000."),
        ({"pack_size": "0"}, "“0” is no whole number from 1 to 1000000."),
        ({"quantity": "most"}, "“most” is not one of: billable, actual, ordered."),
        ({"service_id": "5"}, "There is no active service with the id 5."),
    ],
)
def test_what_is_refused_says_so_at_its_field(
    operator: Pages, app: Flask, product: str, values: dict[str, str], text: str
) -> None:
    for htmx in (True, False):
        data = {"service": "Intercept X", "quantity": "billable"} | values
        answer = operator.post(f"{PATH}/rule/{CODE}", data, htmx=htmx, status=422)
        assert text in words(part(answer.text, product)).replace("1,000,000", "1000000")
    assert rule(app).service_name is None


def test_products_of_one_service_that_would_disagree_are_refused(operator: Pages, app: Flask, product: str) -> None:
    with app.app_context():
        service = add_service(name="Shared")
        add_product_mapping(product=add_product(code="OTHER"), service=service, minimum=5)
        db.session.commit()
    data = {"service": "Shared", "quantity": "billable", "minimum": "6"}
    answer = operator.post(f"{PATH}/rule/{CODE}", data, htmx=True, status=422)
    assert "CEMA-MSP, OTHER disagree" in words(answer.text)
    assert rule(app).service_name is None


def test_services_are_offered_while_typing(operator: Pages, viewer: Pages, product: str) -> None:
    assert "Sophos Email Advanced SEA-1" in words(operator.get(f"{PATH}/services?q=email", htmx=True))
    viewer.get(f"{PATH}/services?q=email", status=403)


def test_a_viewer_may_look_and_not_touch(viewer: Pages, product: str) -> None:
    assert "<form" not in part(viewer.get(PATH), product)
    viewer.post(f"{PATH}/rule/{CODE}", {"service": "Intercept X"}, status=403)
    viewer.get(f"{PATH}/import", status=403)


def test_a_new_installation_says_when_products_appear(operator: Pages) -> None:
    assert "No products yet" in words(operator.get(PATH))


def test_files_go_out_and_in_and_errors_are_shown_by_line(operator: Pages, app: Flask, product: str) -> None:
    exported = operator.client.get(f"{PATH}/export")
    assert exported.data.startswith(b"\xef\xbb\xbfproduct_code,")
    filled = exported.data.replace(b"Advanced,,,", b"Advanced,,Intercept X,")
    wrong = io.BytesIO(filled + b"NONE,,,No such service,,,,,,,\n")
    answer = operator.client.post(f"{PATH}/import", data={"file": (wrong, "products.csv")})
    assert answer.status_code == 422
    assert "Line 3, service_name: No active service in Autotask fits “No such service”." in words(answer.text)
    assert rule(app).service_name is None
    operator.client.post(f"{PATH}/import", data={"file": (io.BytesIO(filled), "products.csv")})
    assert rule(app).service_name == "Intercept X"
    operator.get(f"{PATH}/import")


def test_codes_and_texts_with_any_sign_are_text(operator: Pages, app: Flask, product: str) -> None:
    with app.app_context():
        add_product(code="a/b <i>?&", description="<b>Firewall</b> " + "X" * 400)
        db.session.commit()
        key = products.row("a/b <i>?&").key
    row = part(operator.get(PATH), key)
    assert "<b>Firewall</b>" in words(row)
    url = re.search(r'hx-post="([^"]+)"', row)
    assert url
    operator.post(unescape(url[1]), {"service": "Intercept X", "quantity": "billable"}, htmx=True, status=200)


def test_an_unknown_product_is_refused(operator: Pages, product: str) -> None:
    operator.post(f"{PATH}/rule/NONE", {"service": ""}, status=422)
