"""docs/codes.md says what the program says."""

from __future__ import annotations

from webapp.codes import ERROR_CODES
from webapp.codes_build import PAGE, page


def test_the_document_of_the_codes_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m webapp.codes_build"


def test_every_code_is_in_the_document() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert [code for code in ERROR_CODES if f"### `{code}`" not in written] == []
