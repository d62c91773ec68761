"""Names in the form in which they are compared."""

from __future__ import annotations

import pytest

from webapp.folding import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Müller & Söhne GmbH", "mueller soehne gmbh"),
        ("Mu\u0308ller & So\u0308hne GmbH", "mueller soehne gmbh"),
        ("GROẞE STRASSE", "grosse strasse"),
        ("Café Zoë, S.à r.l.", "cafe zoe s a r l"),
        ("Smørrebrød ApS", "smoerrebroed aps"),
        ("  O'Neill\t-  Partner ", "o neill partner"),
        ("ＡＢＣ 株式会社", "abc 株式会社"),
        ("🦊", ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_names_that_people_call_the_same_fold_to_the_same(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded
