"""The customers page: what it shows, what its forms keep and refuse, as a page and as a partial."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from tests.builders import (
    BAKERY,
    SEEN,
    add_company,
    add_contract,
    add_customer,
    add_finding,
    add_product,
    add_product_mapping,
    add_service,
)
from tests.web.conftest import Pages
from webapp.extensions import db
from webapp.models import Contract, Customer, LedgerLine, Mapping, Run, RunResult

PATH = "/psa/autotask/customers"


@pytest.fixture
def bakery(app: Flask) -> str:
    """An unmapped customer; there is one company of another name, with a contract."""
    with app.app_context():
        company = add_company(name="Wöhrle Brot AG")
        add_contract(company=company)
        customer = add_customer(name=BAKERY)
        db.session.commit()
        return customer.id


@pytest.fixture
def ready(app: Flask) -> str:
    """A customer with company and contract."""
    with app.app_context():
        company = add_company(name="Wöhrle Brot AG")
        customer = add_customer(name=BAKERY, company=company, contract=add_contract(company=company))
        db.session.commit()
        return customer.id


def mapping(app: Flask, customer_id: str) -> dict[str, Any]:
    with app.app_context():
        found = db.session.get_one(Mapping, customer_id)
        return {name: getattr(found, name) for name in ("company_id", "contract_id", "usage_sync", "ticket_sync", "changed_by")}


def part(page: str, customer_id: str) -> str:
    found = re.search(rf'<tbody id="customer-{customer_id}".*?</tbody>', page, re.DOTALL)
    assert found, f"no row of {customer_id}"
    return plain(found[0])


def plain(html: str) -> str:
    """Without the tokens, which differ from one second to the next."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", html).strip()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


ENGLISH = [
    "Customers", "Autotask Customer Name", "Contract", "Usage sync", "Save", "Actions", "Edit usage sync", "Edit ticket sync",
    "Refresh customer details", "All customers", "Usage sync available", "Successful", "Failed", "Sync Now", "Autotask",
    "Configure", "Settings & policies", "APIs & Integrations", "PSA Integration",
]  # fmt: skip


def test_the_page_carries_the_labels_of_sophos_central(operator: Pages, bakery: str) -> None:
    text = words(operator.get(PATH))
    assert [label for label in ENGLISH if label not in text] == []


def test_a_name_that_fits_is_saved_and_its_contracts_are_offered(operator: Pages, app: Flask, bakery: str) -> None:
    answer = operator.post(f"{PATH}/{bakery}/company", {"company": "wöhrle brot"}, htmx=True, status=200)
    assert "Wöhrle Brot AG" in answer.text
    assert "Managed Security 2026" in answer.text
    assert "mapped to W" in answer.headers["HX-Trigger"]
    assert mapping(app, bakery)["changed_by"] == "user:Oskar"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("company", {"company": "Wöhrle Brot AG"}),
        ("contract", {"contract": "CONTRACT"}),
        ("usage-sync", {"enabled": "on"}),
        ("ticket-sync", {"enabled": "on"}),
    ],
)
def test_the_partial_is_the_row_of_the_page_and_twice_is_as_once(
    operator: Pages, app: Flask, ready: str, field: str, values: dict[str, str]
) -> None:
    with app.app_context():
        contract = db.session.query(Contract).one().id
    data = {name: str(contract) if value == "CONTRACT" else value for name, value in values.items()}
    first = plain(operator.post(f"{PATH}/{ready}/{field}", data, htmx=True, status=200).text)
    after_one = mapping(app, ready)
    second = plain(operator.post(f"{PATH}/{ready}/{field}", data, htmx=True, status=200).text)
    assert first == second
    assert mapping(app, ready) == after_one
    assert part(operator.get(PATH), ready) == first


def test_a_plain_form_goes_back_to_the_page_it_stood_on(operator: Pages, app: Flask, ready: str) -> None:
    query = "status=failed&status=successful&q=B%C3%A4cker&page=3"
    answer = operator.post(f"{PATH}/{ready}/usage-sync", {"enabled": "on", "filter": query})
    assert answer.location == f"{PATH}?q=B%C3%A4cker&status=successful&status=failed&page=3#customer-{ready}"
    assert mapping(app, ready)["usage_sync"]
    assert f"Usage sync of {BAKERY} is on." in words(operator.get(PATH))


@pytest.mark.parametrize("htmx", [True, False])
def test_a_name_that_fits_none_stands_at_its_field_with_the_near_ones(
    operator: Pages, app: Flask, bakery: str, htmx: bool
) -> None:
    answer = operator.post(f"{PATH}/{bakery}/company", {"company": "Wörle Brot <b>"}, htmx=htmx, status=422)
    row = part(answer.text, bakery)
    assert "No active company in Autotask fits “Wörle Brot <b>”. Choose one:" in words(row)
    assert 'aria-invalid="true"' in row
    assert 'value="Wörle Brot &lt;b&gt;"' in row
    near = re.search(r'name="company_id" value="(\d+)"', row)
    assert near
    assert mapping(app, bakery)["company_id"] is None
    data = {"company": "Wörle Brot", "company_id": ["", near[1]]}  # the field of the suggestions, then the button
    chosen = operator.post(f"{PATH}/{bakery}/company", data, htmx=True, status=200)
    assert "Wöhrle Brot AG" in chosen.text


def test_an_empty_name_unmaps(operator: Pages, app: Flask, ready: str) -> None:
    operator.post(f"{PATH}/{ready}/company", {"company": " "}, htmx=True, status=200)
    assert mapping(app, ready)["company_id"] is None


def test_the_pencil_opens_the_field_and_leaves_it_again(operator: Pages, ready: str) -> None:
    closed = part(operator.get(PATH), ready)
    assert 'role="combobox"' not in closed
    opened = part(operator.get(f"{PATH}?edit={ready}"), ready)
    assert 'role="combobox"' in opened
    assert plain(operator.get(f"{PATH}/{ready}?edit=1", htmx=True)) == opened
    assert plain(operator.get(f"{PATH}/{ready}", htmx=True)) == closed


@pytest.mark.parametrize(
    ("field", "values", "text"),
    [
        ("contract", {"contract": "77"}, "There is no contract 77."),
        ("contract", {"contract": "seven"}, "“seven” is no id."),
        ("usage-sync", {"enabled": "on"}, "Needs a company"),
        ("ticket-sync", {"enabled": "on"}, "Needs a company"),
        ("usage-sync", {"enabled": "flip"}, "“flip” is not one of: on, off."),
        ("company", {"company_id": "5"}, "There is no company with the id 5."),
    ],
)
def test_what_is_refused_says_so_at_its_place(
    operator: Pages, app: Flask, bakery: str, field: str, values: dict[str, str], text: str
) -> None:
    before = mapping(app, bakery)
    if field == "contract":
        operator.post(f"{PATH}/{bakery}/company", {"company": "Wöhrle Brot AG"}, htmx=True, status=200)
        before = mapping(app, bakery)
    for htmx in (True, False):
        answer = operator.post(f"{PATH}/{bakery}/{field}", values, htmx=htmx, status=422)
        assert text in words(part(answer.text, bakery))
    assert mapping(app, bakery) == before


def test_a_contract_of_another_company_is_refused(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        foreign = add_contract(company=add_company(name="Other")).id
        db.session.commit()
    answer = operator.post(f"{PATH}/{ready}/contract", {"contract": str(foreign)}, htmx=True, status=422)
    assert "belongs to another company" in words(answer.text)


def test_an_unknown_customer_is_not_found(operator: Pages, bakery: str) -> None:
    operator.post(f"{PATH}/nobody/company", {"company": "x"}, status=404)


@pytest.mark.parametrize("path", ["company", "contract", "usage-sync", "ticket-sync"])
def test_a_viewer_may_look_and_not_touch(viewer: Pages, app: Flask, ready: str, path: str) -> None:
    row = part(viewer.get(PATH), ready)
    assert "<form" not in row
    assert "Managed Security 2026" in row
    viewer.post(f"{PATH}/{ready}/{path}", {"enabled": "on"}, status=403)
    viewer.post(f"{PATH}/bulk/usage-sync", {}, status=403)
    viewer.post(f"{PATH}/bulk/usage-sync/apply", {"enabled": "on"}, status=403)
    viewer.get(f"{PATH}/import", status=403)
    assert not mapping(app, ready)["usage_sync"]


def test_a_stranger_is_asked_to_sign_in(stranger: Pages) -> None:
    assert "/login" in stranger.client.get(PATH).location


def test_a_search_replaces_the_list_and_what_depends_on_it(operator: Pages, bakery: str) -> None:
    fragment = operator.get(f"{PATH}?q=baeckerei", htmx=True)
    assert "<html" not in fragment
    assert part(fragment, bakery)
    assert 'id="customer-chips" aria-label="Filter customers" hx-swap-oob="true"' in fragment
    page = operator.get(f"{PATH}?q=baeckerei")
    assert part(page, bakery) == part(fragment, bakery)
    assert "No customer matches “nobody”" in words(operator.get(f"{PATH}?q=nobody"))


def test_a_page_past_the_end_is_the_last_one(operator: Pages, app: Flask) -> None:
    with app.app_context():
        for number in range(55):
            add_customer(name=f"Customer {number:02d}")
        db.session.commit()
    text = operator.get(f"{PATH}?page=99")
    assert "51 to 55 of 55 customers" in words(text)
    assert text.count("<tbody") == 5
    assert 'aria-current="page"><span class="visually-hidden">Page </span>2' in text


def test_a_new_installation_says_what_to_do(operator: Pages) -> None:
    assert "No customers yet" in words(operator.get(PATH))


NASTY = ["<script>alert(1)</script>", "W" * 500, "\u202eevil\u202c שלום", "🦷 & Söhne", '" onmouseover="x', "{{ 7*7 }}"]


def test_text_from_the_apis_is_text(operator: Pages, app: Flask) -> None:
    with app.app_context():
        for name in NASTY:
            company = add_company(name=name, city=name[:100])
            add_customer(name=name, company=company, contract=add_contract(company=company, name=name))
            add_customer(name=f"{name[:490]} free")
        db.session.commit()
    page = operator.get(PATH)
    for name in NASTY:
        assert name in unescape(page)
    assert "<script>alert" not in page
    options = operator.get("/psa/autotask/companies/suggestions?q=script", htmx=True)
    assert "&lt;script&gt;alert(1)" in options


def test_the_status_says_how_it_ended_why_and_what_to_do(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        run = Run(kind="usage", trigger="cli", requested_by="x", state="partial", created_at=SEEN)
        db.session.add(run)
        db.session.flush()
        params = {"contract": "Old <one>", "date": "2026-10-31"}
        result = {"state": "failed", "error_code": "contract_ended", "error_params": params}
        db.session.add(RunResult(run_id=run.id, customer_id=ready, customer_name=BAKERY, **result))
        found = db.session.get_one(Mapping, ready)
        found.status, found.status_at, found.status_run_id, found.status_code = "failed", SEEN, run.id, "contract_ended"
        db.session.commit()
    row = words(part(operator.get(f"{PATH}?status=failed"), ready))
    assert "Failed" in row
    assert "The contract Old <one> ended on" in row
    assert "What to do Choose the contract that follows it" in row
    assert "contract_ended · Run" in row


def test_a_row_follows_the_run_that_has_it_in_hand_and_stops_by_itself(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        db.session.add(Run(kind="usage", trigger="web", requested_by="x", state="running", scope=[ready], created_at=SEEN))
        db.session.commit()
    assert 'hx-trigger="every 5s"' in part(operator.get(PATH), ready)
    assert 'hx-trigger="every 5s"' in operator.get(f"{PATH}/{ready}", htmx=True)
    with app.app_context():
        db.session.query(Run).one().state = "succeeded"
        db.session.commit()
    assert "every 5s" not in operator.get(f"{PATH}/{ready}", htmx=True)


def test_chips_count_and_lead_to_what_they_count(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        add_finding(code="customer_missing", customer=db.session.get_one(Customer, ready))
        add_customer(name="Trial", billing_type="trial")
        db.session.commit()
    page = words(operator.get(PATH))
    for chip in ("All customers 2", "Usage sync available 1", "Unmapped 1", "Needs attention 1", "Failed 0"):
        assert chip in page
    assert "Trial" not in words(part(operator.get(f"{PATH}?attention=1"), ready))


# --- many at once ---------------------------------------------------------------------------------------------------------


def test_a_bulk_edit_shows_what_it_does_before_it_does_it(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        half = add_customer(name="Half").id
        db.session.commit()
    chosen = {"customer": [ready, half], "filter": "q=&sort=-name"}
    text = words(operator.post(f"{PATH}/bulk/usage-sync", chosen, status=200).text)
    assert "2 customers are chosen. Nothing is changed yet." in text
    assert f"1 will be switched on: {BAKERY}" in text
    assert "1 is left out: Half : Needs a company" in text
    assert not mapping(app, ready)["usage_sync"]
    answer = operator.post(f"{PATH}/bulk/usage-sync/apply", {**chosen, "enabled": "on"})
    assert answer.location == f"{PATH}?sort=-name"
    assert mapping(app, ready)["usage_sync"]
    assert "Usage sync is on for 1 more customer." in words(operator.get(PATH))


def test_nobody_ticked_means_everything_that_the_filter_shows(operator: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        add_customer(name="Other", company=add_company(name="Other"))
        db.session.commit()
    shown = words(operator.post(f"{PATH}/bulk/ticket-sync", {"filter": "q=wöhrle"}, status=200).text)
    assert f"1 will be switched on: {BAKERY}" in shown
    everybody = words(operator.post(f"{PATH}/bulk/ticket-sync", {"filter": ""}, status=200).text)
    assert "2 customers are chosen" in everybody
    ticked_but_all = {"filter": "", "all": "1", "customer": [ready]}
    assert "2 customers are chosen" in words(operator.post(f"{PATH}/bulk/ticket-sync", ticked_but_all, status=200).text)


def test_an_unknown_customer_or_switch_in_a_bulk_edit_changes_nothing(operator: Pages, app: Flask, ready: str) -> None:
    operator.post(f"{PATH}/bulk/usage-sync/apply", {"customer": [ready, "nobody"], "enabled": "on"}, status=422)
    operator.post(f"{PATH}/bulk/usage-sync/apply", {"customer": [ready], "enabled": "flip"}, status=422)
    operator.post(f"{PATH}/bulk/colour", {"customer": [ready]}, status=404)
    assert not mapping(app, ready)["usage_sync"]


# --- files ----------------------------------------------------------------------------------------------------------------


def test_the_export_is_a_file_for_spreadsheets_with_what_was_chosen(viewer: Pages, app: Flask, ready: str) -> None:
    with app.app_context():
        add_customer(name="=Other")
        db.session.commit()
    answer = viewer.post(f"{PATH}/export", {"filter": "mapped=1"}, status=200)
    assert answer.data.startswith(b"\xef\xbb\xbfcustomer_id,")
    assert answer.text.count("\n") == 2
    assert 'filename="kontor-mappings-2026-11-23.csv"' in answer.headers["Content-Disposition"]
    assert ",'=Other," in viewer.post(f"{PATH}/export", {}, status=200).text


def test_a_file_with_errors_is_shown_by_line_and_changes_nothing(operator: Pages, app: Flask, ready: str) -> None:
    exported = operator.post(f"{PATH}/export", {}, status=200).data
    on = exported.replace(b",off,off", b",on,off")
    answer = operator.client.post(f"{PATH}/import", data={"file": _file(on + b"nobody,,,,,,,\n")})
    assert answer.status_code == 422
    assert "Line 3, customer_id: There is no customer nobody." in words(answer.text)
    assert not mapping(app, ready)["usage_sync"]
    checked = operator.client.post(f"{PATH}/import", data={"file": _file(on), "dry_run": "1"})
    assert "1 row would be changed" in words(checked.text)
    assert not mapping(app, ready)["usage_sync"]
    operator.client.post(f"{PATH}/import", data={"file": _file(on)})
    assert mapping(app, ready)["usage_sync"]
    assert operator.client.post(f"{PATH}/import", data={}).status_code == 422
    operator.get(f"{PATH}/import")


def _file(data: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), "mappings.csv"


def test_a_contract_that_kontor_bills_is_given_up_only_after_its_lines_were_shown(
    app: Flask, ready: str, operator: Pages
) -> None:
    with app.app_context():
        contract = db.session.get_one(Mapping, ready).contract_id
        service = add_service(name="Sophos Intercept X")
        add_product_mapping(product=add_product(), service=service)
        row = LedgerLine(contract_service_id=700, contract_id=contract, service_id=service.id, confirmed_units=15, version=1)
        db.session.add(row)
        db.session.commit()
    for htmx in (True, False):
        answer = operator.post(f"{PATH}/{ready}/contract", {"contract": ""}, status=422, htmx=htmx)
        said = words(part(answer.get_data(as_text=True), ready))
        assert "Sophos Intercept X (15)" in said
        assert "Save all the same" in said
        assert mapping(app, ready)["contract_id"] == contract
    operator.post(f"{PATH}/{ready}/contract", {"contract": "", "leave": "1"})
    assert mapping(app, ready)["contract_id"] is None
