"""Only a path of this site is followed after signing in."""

from __future__ import annotations

import pytest

from webapp.own_paths import own_path


@pytest.mark.parametrize("path", ["/", "/findings", "/psa/autotask/customers?q=m%C3%BCller&page=2", "/runs/7#failed"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "findings",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "/a\n//b",
        "javascript:0",
    ],
)
def test_everything_else_is_the_first_page(path: str | None) -> None:
    assert own_path(path) == "/"
