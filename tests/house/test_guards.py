"""Every endpoint says who may open it, and the list of them is read by people: tests/house/routes.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.guards import OPEN, required_role

ROUTES = Path(__file__).parent / "routes.txt"
OPEN_TO_EVERYBODY = {"auth.login", "auth.setup", "health.healthz", "health.readyz", "static"}


def test_the_list_of_endpoints_and_roles_is_the_one_written_down(app: Flask) -> None:
    found = [f"{endpoint} {required_role(app, endpoint)}" for endpoint in sorted(app.view_functions)]
    assert found == ROUTES.read_text(encoding="utf-8").splitlines(), "bring tests/house/routes.txt up to date, and look at it"


def test_only_the_sign_in_and_the_signs_of_life_are_open_to_everybody(app: Flask) -> None:
    assert {endpoint for endpoint in app.view_functions if required_role(app, endpoint) == OPEN} == OPEN_TO_EVERYBODY


def test_a_stranger_is_sent_to_the_sign_in_from_every_other_endpoint(app: Flask, client: FlaskClient) -> None:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_TO_EVERYBODY:
            continue
        values = {name: _example(rule.rule, name) for name in rule.arguments}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(adapter.build(rule.endpoint, values, method=method), method=method)
            assert answer.status_code == 303, f"{method} {rule.rule}"
            assert answer.location.startswith("/login")


def test_a_stranger_s_partial_request_is_sent_to_the_sign_in_as_a_whole_page(client: FlaskClient) -> None:
    answer = client.get("/psa", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (401, "/login", b"")


@pytest.mark.parametrize(
    ("page", "sign_in"),
    [
        ("http://localhost/psa/autotask/customers?status=failed", "/login?next=/psa/autotask/customers?status%3Dfailed"),
        ("https://evil.example//evil.example/x", "/login"),
        ("http://[", "/login"),
        ("http://localhost/", "/login"),
    ],
)
def test_whoever_was_signed_out_comes_back_to_the_page_the_partial_request_came_from(
    client: FlaskClient, page: str, sign_in: str
) -> None:
    answer = client.get("/psa", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer.headers["HX-Redirect"] == sign_in


def test_an_endpoint_that_declares_nothing_answers_nobody(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(RuntimeError, match="declares no guard"):
        client.get("/forgotten")


def _example(rule: str, name: str) -> object:
    if f"int:{name}" in rule:
        return 1
    choice = re.search(rf"any\('([^']+)'[^<]*:{name}>", rule)
    return choice[1] if choice else "x"
