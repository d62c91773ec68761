"""Debian's Chromium in front of a real Kontor: one for all tests of a process, a new one for each fresh start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.labels import LOCALES
from tests.browser.stack import PASSWORD, Stack, prepared_sandbox, start
from tests.jobs.conftest import ROOT
from webapp.sandbox.seed import NEWCOMER, demo_mappings

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 1000.0  # Playwright counts milliseconds
NOTHING_HERE = "/nothing/here"
"""An address without a page, for looking at that error."""

WITH_OLD_CONTRACTS = (NEWCOMER, "Buerobedarf Zoellner")

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("The browser tests need Chromium; as root: apt-get install chromium", pytrace=False)
    expect.set_options(timeout=15 * SECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo's Kontor: connected, two thirds mapped, started, synchronised once. Tests share it."""
    sandbox = prepared_sandbox("demo")
    for company in WITH_OLD_CONTRACTS:
        old = {"company_id": sandbox.state.company_id(company), "start": date(2024, 1, 1), "end": date(2024, 12, 31)}
        sandbox.state.add_contract(name="Vertrag von früher", **old)
        sandbox.state.add_contract(name="Gekündigter Vertrag", status=0, **old)
    running = start(tmp_path_factory.mktemp("kontor"), sandbox, mapped=demo_mappings())
    yield running
    running.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stack]:
    """A new Kontor that knows nothing but its three users, beside a small sandbox."""
    running = start(tmp_path, prepared_sandbox("small"))
    yield running
    running.stop()


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """``open_browser(language="de", script=False, width=400, dark=True)``: a new browser of somebody not signed in.

    ``audit`` lets axe do what the content security policy forbids. At the end of the test every console error, page error
    and violation of that policy fails it.
    """
    opened: list[BrowserContext] = []
    problems: list[str] = []

    def open_(
        *, language: str = "en", script: bool = True, width: int = 1440, dark: bool = False, audit: bool = False
    ) -> BrowserContext:
        context = browser.new_context(
            locale=LOCALES[language],
            timezone_id="Europe/Berlin",
            java_script_enabled=script,
            bypass_csp=audit,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15 * SECONDS)
        context.on("console", lambda message: problems.extend(_problem(message)))
        context.on("weberror", lambda error: problems.append(str(error.error)))
        opened.append(context)
        return context

    yield open_
    for context in opened:
        context.close()
    assert not problems, problems


def _problem(message: ConsoleMessage) -> list[str]:
    """What is wrong with a message. A form that comes back with an error is an answer of ours, with status 422."""
    address = message.location.get("url", "")
    meant = "status of 422" in message.text or ("status of 404" in message.text and address.endswith(NOTHING_HERE))
    wrong = message.type in ("error", "warning") and not meant
    return [f"{message.type}: {message.text} ({address})"] if wrong else []


@pytest.fixture(scope="session")
def _cookies() -> dict[tuple[str, str], list[dict[str, object]]]:
    """The sessions of people who signed in before, by address and name."""
    return {}


@pytest.fixture
def visit(open_browser: Callable[..., BrowserContext], stack: Stack, _cookies: dict) -> Open:  # type: ignore[type-arg]
    """``visit("Oskar", "/psa", language="de", width=400)``: a page of the started Kontor, opened by a person signed in."""

    def open_(person: str, path: str = "/", **how: object) -> Page:
        context = open_browser(**how)
        page = context.new_page()
        if (stack.address, person) in _cookies:
            context.add_cookies(_cookies[stack.address, person])
        else:
            sign_in(page, stack, person)
            _cookies[stack.address, person] = [dict(each) for each in context.cookies() if each["name"] == "kontor"]
        page.goto(stack.address + path)
        return page

    return open_


def keep_picture(page: Page, name: str) -> None:
    """With SCREENSHOTS in the environment: the page as a picture in artefacts/."""
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=ROOT / "artefacts" / f"{name}.png", full_page=True)


def sign_in(page: Page, stack: Stack, person: str) -> None:
    """At the door, as anybody does it; ends on the first page."""
    page.goto(f"{stack.address}/login")
    page.locator("#name").fill(person)
    page.locator("#password").fill(PASSWORD)
    page.locator("button.btn-primary").click()
    page.wait_for_url(lambda url: "/login" not in url)
