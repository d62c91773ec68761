"""PURE: names as they are compared: without case, accents and punctuation, umlauts written out."""

from __future__ import annotations

import unicodedata

_WRITTEN_OUT = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue"})


def fold(text: str) -> str:
    """The name as it is compared: ``Müller & Söhne GmbH`` and ``MUELLER + SOEHNE GMBH`` both become ``mueller soehne gmbh``.

    Legal forms stay (webapp/services/matching.py takes them away where that is wanted).
    """
    composed = unicodedata.normalize("NFC", text).casefold().translate(_WRITTEN_OUT)
    plain = (sign for sign in unicodedata.normalize("NFKD", composed.casefold()) if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())
