"""docs/codes.md says what the program says."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from webapp import codes
from webapp.codes import ERROR_CODES
from webapp.codes_build import PAGE, page


def test_the_document_of_the_codes_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m webapp.codes_build"


def test_every_code_is_in_the_document() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert [code for code in ERROR_CODES if f"### `{code}`" not in written] == []


def test_no_code_stands_in_two_places() -> None:
    """The later one would silently win, with another text."""
    found: Counter[str] = Counter()
    for path in Path(codes.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                texts = [key for key, value in zip(node.keys, node.values, strict=True) if isinstance(value, ast.Call)]
                found.update(key.value for key in texts if isinstance(key, ast.Constant))
    assert len(found) > 100
    assert [code for code, times in found.items() if times > 1] == []
