"""The control host: its JSON API and its page."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
import requests

from tests.sandbox.conftest import Autotask
from webapp.sandbox.page_texts import DE, EN
from webapp.sandbox.server import Sandbox


def post(sandbox: Sandbox, path: str, body: Any = None) -> requests.Response:
    return requests.post(sandbox.control_url + path, json=body, timeout=10)


def page(sandbox: Sandbox, **query: str) -> requests.Response:
    return requests.get(sandbox.control_url, params=query, timeout=10)


def test_books_and_state_can_be_read(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    autotask.adjust(line, 3)
    books = requests.get(f"{sandbox.control_url}/books", timeout=10).json()
    assert [(item["contract_service_id"], item["date"], item["change"]) for item in books["adjustments"]] == [
        (line, "2026-11-23", 3)
    ]
    assert books["requests"]["autotask"]["POST /ATServicesRest/V1.0/ContractServiceAdjustments"] == 1
    state = requests.get(f"{sandbox.control_url}/state", timeout=10).json()
    assert (state["customers"], state["autotask"]["Companies"], state["today"]) == (6, 6, "2026-11-23")


def test_faults_are_switched_on_and_off(sandbox: Sandbox, autotask: Autotask) -> None:
    made = post(sandbox, "/faults", {"action": "html", "host": "autotask", "times": 1, "status": 503}).json()
    assert made["id"] == 1
    assert autotask.call("GET", "Companies/1").status_code == 503
    assert autotask.call("GET", "Companies/1").status_code == 200
    post(sandbox, "/faults", {"action": "html", "host": "autotask"})
    assert requests.delete(f"{sandbox.control_url}/faults", timeout=10).json() == []
    assert autotask.call("GET", "Companies/1").status_code == 200
    assert post(sandbox, "/faults", {"action": "explode"}).status_code == 400
    assert post(sandbox, "/faults", {"action": "html", "colour": "red"}).status_code == 400


def test_usage_is_set_and_moved(sandbox: Sandbox, amsel: str) -> None:
    body = {"customer": "Amsel Bau GmbH", "product": "CIXA-MSP", "quantity": 17}
    assert 17 in post(sandbox, "/usage/set", body).json()["lines"]
    before = {id(line): line["billableQuantity"] for line in sandbox.state.usage_lines(amsel)}
    assert post(sandbox, "/usage/move").json()["moved"] > 0
    assert before
    assert post(sandbox, "/usage/set", {"customer": "Nobody", "product": "X", "quantity": 1}).status_code == 400
    assert post(sandbox, "/usage/set", {"customer": amsel}).status_code == 400


def test_alerts_are_raised_and_cleared(sandbox: Sandbox) -> None:
    assert len(post(sandbox, "/alerts/raise", {"count": 4}).json()["alerts"]) == 4
    assert post(sandbox, "/alerts/clear").json() == {"cleared": 2}
    left = next(iter(sandbox.state.sophos.alerts))
    assert post(sandbox, "/alerts/clear", {"alert_id": left}).json() == {"cleared": 1}
    assert left not in sandbox.state.sophos.alerts


def test_periods_are_posted_and_units_changed_by_a_person(sandbox: Sandbox, line: int) -> None:
    contract = sandbox.state.autotask.tables["ContractServices"][line]["contractID"]
    body = {"contract_id": contract, "up_to": "2025-11-30"}
    assert post(sandbox, "/autotask/approve-and-post", body).json() == {"posted": 3}
    assert post(sandbox, "/autotask/units", {"contract_service_id": line, "units": 21}).json() == {"units": 21}
    assert sandbox.state.books.adjustments == []
    assert post(sandbox, "/autotask/approve-and-post", {"up_to": "soon"}).status_code == 400


def test_switches_are_set_by_name(sandbox: Sandbox, autotask: Autotask) -> None:
    answer = post(sandbox, "/switches", {"missing_item_status": 404, "hidden_entities": ["Companies"]})
    assert answer.json()["hidden_entities"] == ["Companies"]
    assert autotask.call("GET", "Companies/29683001").status_code == 404
    assert post(sandbox, "/switches", {"colour": 1}).status_code == 400
    assert post(sandbox, "/switches", {"threads": "three"}).status_code == 400


def test_a_form_of_another_site_is_refused(sandbox: Sandbox) -> None:
    headers = {"Origin": "http://elsewhere.example"}
    answer = requests.post(f"{sandbox.control_url}/usage/move", headers=headers, timeout=10)
    assert answer.status_code == 403
    named = requests.get(sandbox.control_url, headers={"Host": "elsewhere.example"}, timeout=10)
    assert named.status_code == 403


@pytest.mark.parametrize(("language", "texts"), [("en", EN), ("de", DE)])
def test_the_page_is_valid_html_in_both_languages(sandbox: Sandbox, language: str, texts: dict[str, str]) -> None:
    answer = page(sandbox, lang=language)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    for name in ("move", "raise", "clear", "post", "units"):
        assert texts[name] in answer.text
    assert f'lang="{language}"' in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    assert requests.get(f"{sandbox.control_url}/static/sandbox.css", timeout=10).status_code == 200


def test_both_languages_have_the_same_texts() -> None:
    assert EN.keys() == DE.keys()


def test_the_page_shows_new_units_after_an_adjustment(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    autotask.adjust(line, 3)
    autotask.adjust(line, 3)
    shown = page(sandbox, lang="de", q="amsel").text
    assert "<strong>13</strong>" in shown
    assert "23.11.2026" in shown
    assert "abgelehnt: Attempt to insert duplicate data" in shown
    assert "Falk Praxis" not in shown


def test_names_are_shown_as_text(sandbox: Sandbox) -> None:
    company = sandbox.state.add_company(name="<b>Fett & Söhne</b>")
    contract = sandbox.state.add_contract(company_id=company)
    sandbox.state.add_contract_service(contract_id=contract, service_id=sandbox.state.service_id("CDE-MSP"), units=1)
    assert "&lt;b&gt;Fett &amp; Söhne&lt;/b&gt;" in page(sandbox, q="fett").text


def test_the_buttons_do_what_they_say_and_lead_back(sandbox: Sandbox) -> None:
    for action, word in (("move", "Nutzung bewegt"), ("raise", "5 Alerts ausgelöst"), ("clear", "3 Alerts beendet")):
        answer = requests.post(f"{sandbox.control_url}/page/{action}", data={"lang": "de"}, timeout=10)
        assert [step.status_code for step in answer.history] == [303]
        assert word in answer.text
    body = {"lang": "en", "up_to": "2026-11-23"}
    assert "Posted: 234 periods." in requests.post(f"{sandbox.control_url}/page/post", data=body, timeout=10).text
    bad = requests.post(f"{sandbox.control_url}/page/post", data={"lang": "en", "up_to": "x"}, timeout=10)
    assert "This is no date." in bad.text
