"""PURE: names in the form in which they are compared and sorted."""

from __future__ import annotations

import unicodedata

# casefold has made ß to ss already; the others are letters that no decomposition takes apart
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "ø": "oe", "œ": "oe", "đ": "d", "ł": "l"})


def fold(text: str) -> str:
    """Lower case, umlauts spelled out, accents gone, punctuation as spaces, single spaces.

    ``Müller & Söhne GmbH`` becomes ``mueller soehne gmbh``. Legal forms stay: what they weigh is the matching's business.
    A name of signs alone folds to nothing, and nothing fits nothing.
    """
    lower = unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED_OUT)
    letters = (sign for sign in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())
