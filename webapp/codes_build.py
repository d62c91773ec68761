"""The codes as a document: ``python -m webapp.codes_build`` writes docs/codes.md, in English and German.

The same sentences stand on the troubleshooting page; a test holds the document to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po

from webapp.codes import CHAPTERS, Text

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "codes.md"
GERMAN = ROOT / "webapp" / "translations" / "de" / "LC_MESSAGES" / "messages.po"


def page() -> str:
    """The document: for each code what happened and what to do, in both languages."""
    with GERMAN.open("rb") as file:
        catalogue = read_po(file, locale="de")
    german = {str(message.id): str(message.string) for message in catalogue if isinstance(message.id, str)}
    parts = [
        "# Codes",
        "Each failure and each finding carries one of these stable words, in the JSON of the command line and on the pages.\n"
        "Names in brackets stand for the figures of the case. This file is made by `python -m webapp.codes_build`.",
    ]
    for _id, title, texts in CHAPTERS:
        parts.append(f"## {title} / {german[title]}")
        parts += [_entry(code, text, german) for code, text in texts.items()]
    return "\n\n".join(parts) + "\n"


def _entry(code: str, text: Text, german: Mapping[str, str]) -> str:
    lines = [f"### `{code}`", "", f"- {_open(text.message)} {_open(text.advice)}".rstrip()]
    lines.append(f"- {_open(german[text.message])} {_open(german[text.advice]) if text.advice else ''}".rstrip())
    return "\n".join(lines)


class _Names(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"[{key}]"


def _open(text: str) -> str:
    return text % _Names() if text else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
