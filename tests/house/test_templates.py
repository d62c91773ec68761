"""Templates compile, stay small, carry nothing inline and never switch escaping off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

FOLDER = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
FORBIDDEN = {
    r"\|\s*safe\b": "|safe switches escaping off",
    r"autoescape\s+false": "escaping is switched off",
    r"<style\b": "an inline style sheet",
    r"\sstyle=": "an inline style",
    r"<script(?![^>]*\ssrc=)": "an inline script",
    r"\son[a-z]+\s*=": "an inline handler",
    r"\shx-on": "a handler that needs eval",
    r"hx-vals=.js:": "a value that needs eval",
    r"https?://": "an address elsewhere",
}
LONGEST = 120  # lines


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_carries_nothing_that_the_browser_would_refuse_or_that_escaping_would_miss(name: str) -> None:
    text = _text(name)
    assert [why for pattern, why in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_imports_only_the_macros_it_uses(name: str) -> None:
    text = _text(name)
    for names in re.findall(r"{%-?\s*from\s+\S+\s+import\s+(.*?)\s*-?%}", text):
        for each in re.split(r"\s*,\s*", names.removesuffix(" with context")):
            used = each.rpartition(" as ")[2]
            assert len(re.findall(rf"\b{used}\(", text)) > 0, f"{used} is imported and not used"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_short_enough_to_read(name: str) -> None:
    assert len(_text(name).splitlines()) <= LONGEST


def test_every_form_that_posts_carries_its_token() -> None:
    for name in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", _text(name), flags=re.S | re.I):
            if re.search(r'method="post"', form, re.I):
                assert "csrf()" in form or "csrf_token" in form, f"{name}: {form[:80]}"


def _text(name: str) -> str:
    """The template without its comments."""
    return re.sub(r"{#.*?#}", "", (FOLDER / name).read_text(encoding="utf-8"), flags=re.S)
