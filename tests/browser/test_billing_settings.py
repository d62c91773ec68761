"""How to bill, and what would be posted: the settings with their examples, and the preview, on a phone and in both languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Open, keep_picture
from tests.browser.labels import Labels
from tests.browser.stack import Stack
from tests.browser.test_pages import AXE, IN_BOTH, WIDER

WORDS = {
    "en": ("10 in full, +3 for 19 of 30 days", "Day by day", "Preview", "What would be posted"),
    "de": ("10 voll, +3 für 19 von 30 Tagen", "Tag für Tag", "Vorschau", "Was gebucht würde"),
}


@IN_BOTH
def test_the_ways_are_explained_on_a_phone(visit: Open, language: str) -> None:
    page = visit("Ada", "/psa/settings", language=language, width=400, audit=True)
    billed, days, _preview, _title = WORDS[language]
    ways = page.locator(".way")
    expect(ways).to_have_count(3)
    expect(ways.first).to_contain_text(billed)
    for way in ways.all():
        drawing = way.locator("svg.example")
        expect(drawing).to_be_visible()
        box = drawing.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 400
    closed = ways.last.locator("details")
    closed.locator("summary").press("Enter")
    expect(closed.get_by_role("table")).to_be_visible()
    expect(closed.locator("summary")).to_contain_text(days)
    assert page.evaluate(WIDER) == []
    assert Axe().run(page, options=AXE).violations_count == 0
    keep_picture(page, f"settings-open-{language}-400")


def test_the_way_is_chosen_by_keyboard_and_kept(visit: Open) -> None:
    page = visit("Ada", "/psa/settings")
    page.locator("#billing-daily").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#billing-monthly")).to_be_checked()
    page.locator("#close_from_day").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#close_until_day-error")).to_be_visible()
    expect(page.locator("#billing-monthly")).to_be_checked()
    page.goto(page.url)
    expect(page.locator("#billing-daily")).to_be_checked()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("de", 400)])
def test_a_preview_shows_what_a_sync_would_post_and_posts_nothing(visit: Open, stack: Stack, language: str, width: int) -> None:
    page = visit("Oskar", "/psa/autotask/customers?q=Waldhorn", language=language, width=width, audit=True)
    _billed, _days, preview, title = WORDS[language]
    posted = stack.posted()
    page.locator("#customers > tbody").get_by_role("checkbox").check()
    page.get_by_role("button", name=preview, exact=True).click()
    shown = page.locator("#preview")
    expect(shown).to_contain_text(title)
    expect(shown.get_by_role("button", name=Labels(language).sync_now)).to_have_count(1)
    assert stack.posted() == posted
    assert page.evaluate(WIDER) == []
    assert Axe().run(page, options=AXE).violations_count == 0
    keep_picture(page, f"preview-{language}-{width}")
