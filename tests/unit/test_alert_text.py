"""What Sophos writes, as plain text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.services.alert_text import plain, shortened, units

HTML_TAG = re.compile(r"</?(a|b|p|br|li|div|script|span)\b[^<>]*>", re.IGNORECASE)
pieces = st.lists(
    st.sampled_from(["<b>", "</b>", "<BR/>", "<p class='x'>", "</p>", "<li>", '<a href="https://x.example">', "</a>", "<script>"])
    | st.sampled_from(["</script>", "<", ">", "b>", "<!--", "-->", "a", "'", '"', "\\", "\n", " ", "<i ", "p>", "\x00"]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('See <a target="_blank" href="https://x.example/132">132</a>.', "See 132 (https://x.example/132)."),
        ("<A HREF=https://x.example>https://x.example/</A>", "https://x.example/"),
        ('<a href="https://x.example/?a=1&amp;b=2"></a>', "https://x.example/?a=1&b=2"),
        ("<a href='javascript:run()'>click</a>", "click"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<p>One</p><ul><li>two</li><li>three</li></ul>", "One\n\ntwo\n\nthree"),
        ("a<script>alert('<b>')</script>b<style>p{}</style>c", "abc"),
        ("<script> was found", "was found"),
        ("before<!-- <b>hidden</b> -->after", "before after"),
        ("Tom &amp; Jerry &#65;&#x42; &lt;b&gt;", "Tom & Jerry AB <b>"),
        ("AT&T ?a=1&copy=2", "AT&T ?a=1&copy=2"),
        ("x\x00\x1b[31m\u202ey \ud800z", "x[31my z"),
        ("  a \t b \r\n\r\n\r\n\r\n c ", "a b\n\nc"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "text",
    [
        r"PUA 'X' at 'C:\Users\<name>\AppData\x.zip'",
        r"\\server\share\new\table",
        "if a<b && c>d then",
        "5 < 6 and 7 > 6",
        "<user@x.example> wrote",
        "<unknown-thing> stays",
    ],
)
def test_what_only_looks_like_a_tag_stays_readable(text: str) -> None:
    assert plain(text) == text


@given(pieces)
def test_no_tag_is_left_whatever_it_is_hidden_in(html: str) -> None:
    assert not HTML_TAG.search(plain(html))


@given(st.text())
def test_any_text_gives_text_without_control_characters(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
    assert shown == shown.strip()


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<script>", "<<b>b>", "&", "word ", "<a href=https://x>", "<a '\""])
def test_a_million_characters_take_no_time_to_speak_of(piece: str) -> None:
    began = time.perf_counter()
    plain(piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - began < 10


def test_a_text_is_cut_after_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one two three", 8) == "one two…"
    assert shortened("one two three", 13) == "one two three"
    assert shortened("incomprehensibilities", 10) == "incompreh…"


@given(st.text(), st.integers(-1, 60))
def test_a_cut_text_is_never_longer_than_asked_also_as_windows_counts(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert units(short) <= max(limit, 0)
    assert len(short) <= max(limit, 0)
    assert short == text or limit < 1 or short.endswith("…")


def test_an_emoji_counts_twice_and_is_never_halved() -> None:
    assert units("🔥🔥") == 4
    assert shortened("🔥🔥🔥", 4) == "🔥…"
