"""The shell around every page: navigation by role, languages, appearance, headers, errors."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from tests.web.conftest import Pages
from webapp.domain import Role
from webapp.guards import guard, open_to_all

PATHS = ["/psa", "/findings", "/help/troubleshooting"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_of_a_viewer_is_valid_in_both_languages(viewer: Pages, path: str, language: str) -> None:
    assert f'<html lang="{language}"' in viewer.get(f"{path}?lang={language}")


def test_the_navigation_shows_only_what_the_role_may_open(viewer: Pages, admin: Pages) -> None:
    assert "/psa/settings" not in viewer.get("/psa")
    assert "/psa/settings" in admin.get("/psa")


def test_the_page_one_is_on_is_marked_in_the_navigation(viewer: Pages) -> None:
    assert re.search(r'href="/findings" aria-current="page"', viewer.get("/findings"))


def test_the_labels_of_the_way_to_the_integration_are_those_of_sophos_central(viewer: Pages) -> None:
    english = unescape(viewer.get("/psa?lang=en"))
    for label in ("Configure", "Settings & policies", "APIs & Integrations", "PSA Integration"):
        assert label in english
    german = unescape(viewer.get("/psa?lang=de"))
    for label in ("Konfigurieren", "Einstellungen und Richtlinien", "APIs & Integrationen", "PSA-Integration"):
        assert label in german


def test_a_chosen_language_is_kept_with_the_person(viewer: Pages) -> None:
    answer = viewer.post("/account/language", {"language": "de", "next": "/findings"})
    assert answer.location == "/findings"
    assert "Hinweise" in viewer.get("/findings")


def test_a_language_that_does_not_exist_is_refused(viewer: Pages) -> None:
    viewer.post("/account/language", {"language": "xx"}, status=422)
    assert "Findings" in viewer.get("/findings")


def test_a_chosen_appearance_is_kept_with_the_person(viewer: Pages) -> None:
    assert "data-bs-theme" not in viewer.get("/psa")
    viewer.post("/account/appearance", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in viewer.get("/psa")
    viewer.post("/account/appearance", {"theme": "system"})
    assert "data-bs-theme" not in viewer.get("/psa")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(viewer: Pages, target: str) -> None:
    assert viewer.post("/account/appearance", {"theme": "dark", "next": target}).location == "/"


def test_pages_allow_no_foreign_and_no_inline_script_and_are_not_cached(viewer: Pages) -> None:
    headers = viewer.client.get("/psa").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_everything_a_page_loads_comes_from_here_and_may_be_kept_for_a_year(viewer: Pages) -> None:
    page = viewer.get("/psa")
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    assert len(addresses) >= 5
    for address in addresses:
        with viewer.client.get(address) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]
    assert not re.search(r'(src|<link[^>]*href)="(?!/static/)', page)


def test_what_is_not_there_is_said_on_a_page_and_as_a_message(viewer: Pages) -> None:
    assert "Nothing here" in viewer.get("/no-such-page", status=404)
    answer = viewer.client.get("/no-such-page", headers={"HX-Request": "true"})
    assert answer.headers["HX-Reswap"] == "none"
    assert "Nothing here" in answer.headers["HX-Trigger"]


def test_a_page_above_the_role_is_refused_with_a_word_to_the_person(viewer: Pages) -> None:
    assert "Not allowed" in viewer.get("/psa/settings", status=403)


def test_a_mistake_of_kontor_shows_a_page_that_tells_nothing_inner(app: Flask, viewer: Pages) -> None:
    @app.get("/broken")
    @guard(Role.VIEWER)
    def broken() -> str:
        raise RuntimeError("the inner secret")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = viewer.get("/broken", status=500)
    assert "Kontor made a mistake" in page
    assert "inner secret" not in page


def test_a_mistake_of_kontor_is_told_in_the_chosen_language_though_the_database_is_not_asked(app: Flask, viewer: Pages) -> None:
    @app.get("/broken")
    @open_to_all
    def broken() -> str:
        raise RuntimeError

    app.config["PROPAGATE_EXCEPTIONS"] = False
    viewer.post("/account/language", {"language": "de"})
    assert '<html lang="de"' in viewer.get("/broken", status=500)


def test_a_number_that_no_run_can_have_is_not_there(viewer: Pages) -> None:
    viewer.get(f"/runs/{10**30}", status=404)
    viewer.get(f"/runs/{10**30}/progress", status=404)
    viewer.get(f"/runs/{2**31}", status=404)
