"""A run is taken back as a person does it: prepare, approve, release; in both languages, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import keep_picture, sign_in
from tests.browser.stack import Stack, prepared_sandbox, start
from tests.browser.test_pages import AXE, WIDER
from tests.sandboxed import TODAY
from webapp.sandbox.seed import demo_mappings

WORDS = {
    "en": {
        "title": "Undo run",
        "undo": "Undo this run",
        "prepare": "Prepare the undo",
        "approve": "Approve",
        "held": "Held",
        "confirmed": "Confirmed",
        "release": "Release",
        "released": "released.",
    },
    "de": {
        "title": "zurücknehmen",
        "undo": "Diesen Lauf zurücknehmen",
        "prepare": "Rücknahme vorbereiten",
        "approve": "freigeben",
        "held": "Zurückgehalten",
        "confirmed": "Bestätigt",
        "release": "entsperren",
        "released": "entsperrt.",
    },
}


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A Kontor of its own: an undo would be in the way of the other tests."""
    running = start(tmp_path, prepared_sandbox("demo"), mapped=demo_mappings())
    yield running
    running.stop()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("de", 400)])
def test_a_run_is_prepared_for_undo_approved_and_its_lines_released(
    open_browser: Callable[..., BrowserContext], own_stack: Stack, language: str, width: int
) -> None:
    words, books = WORDS[language], own_stack.sandbox.state.books
    page = open_browser(language=language, width=width, audit=True).new_page()
    sign_in(page, own_stack, "Oskar")
    page.goto(f"{own_stack.address}/runs/2")
    done = {(each.contract_service_id, each.change) for each in books.adjustments}
    assert done

    page.get_by_role("link", name=words["undo"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words["title"])
    look_at(page, f"undo-before-{language}")
    page.get_by_role("button", name=words["prepare"]).click()
    until(page, words["held"], len(done))
    look_at(page, f"undo-prepared-{language}")
    assert len(books.adjustments) == len(done)  # nothing is posted by preparing

    page.get_by_role("button", name=words["approve"]).click()
    page.locator("main form[method=post] button.btn-primary").click()
    expect(page.locator("#run-progress, .figures").first).to_be_visible()
    page.goto(f"{own_stack.address}/runs/2/undo")
    until(page, words["confirmed"], len(done))
    look_at(page, f"undo-confirmed-{language}")
    back = {(each.contract_service_id, -each.change) for each in books.adjustments[len(done) :]}
    assert back == done
    assert {each.date for each in books.adjustments[len(done) :]} == {TODAY + timedelta(days=1)}

    page.locator("form.sheet-row button", has_text=words["release"]).click()
    expect(page.locator("main, .messages, [role=status]").filter(has_text=words["released"]).first).to_be_visible()
    expect(page.locator("form.sheet-row")).to_have_count(0)


def until(page: Page, words: str, lines: int) -> None:
    """Wait for the worker: reload until every line is in that state."""
    for _ in range(60):
        if page.locator("td", has_text=words).count() >= lines:
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail(f"{words!r} on {lines} lines did not come")


def look_at(page: Page, name: str) -> None:
    """A picture where one is wanted; nothing for axe to find, and no sideways scrolling."""
    keep_picture(page, name)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate(WIDER) == []
