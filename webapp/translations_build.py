"""The catalogue of translations: gathered from the sources, kept in messages.po, compiled to messages.mo.

``python -m webapp.translations_build [FRAGMENT.po ...]`` brings the German catalogue up to date with the texts in the sources,
takes over what the fragments translate, compiles it, and names every text that still has no translation (exit status 1).
"""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "webapp" / "translations" / "de" / "LC_MESSAGES"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def sources() -> Catalog:
    """Every text of the sources, without translation."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(charset="utf-8")
    gathered = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_holds_sources)
    for _file, _line, message, _comments, context in gathered:
        found.add(message, context=context)
    return found


def _holds_sources(folder: str | os.PathLike[str]) -> bool:
    """Babel leaves out folders whose names begin with a line; templates/_macros is one."""
    return Path(folder).relative_to(ROOT).parts[0] in ("webapp", "jobs", "templates")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="de")


def updated(fragments: list[Path]) -> Catalog:
    """The German catalogue for the texts as they are: kept translations, then those of the fragments, none guessed."""
    german = Catalog(
        locale="de",
        project="Kontor",
        version="1",
        msgid_bugs_address="Kontor",
        charset="utf-8",
        fuzzy=False,
        language_team="Kontor",
        last_translator="Kontor",
        # fixed dates: the compiled file changes only when a text does
        creation_date=_DATE,
        revision_date=_DATE,
    )
    known = [read(path) for path in (*reversed(fragments), FOLDER / "messages.po") if path.exists()]
    for message in sources():
        if message.id:
            translated = (catalog.get(message.id, message.context) for catalog in known)
            string = next((each.string for each in translated if each is not None and _full(each.string)), "")
            german.add(message.id, string, context=message.context)
    return german


def untranslated(catalog: Catalog) -> list[str]:
    """The texts without a whole translation."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not _full(message.string))]


def compiled(catalog: Catalog) -> bytes:
    """The content of messages.mo."""
    content = io.BytesIO()
    write_mo(content, catalog)
    return content.getvalue()


def _full(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main(fragments: list[str]) -> int:
    catalog = updated([Path(each) for each in fragments])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "messages.po").open("wb") as file:
        # no places: two people who add a text change two lines, not the whole file
        write_po(file, catalog, width=0, sort_output=True, omit_header=False, no_location=True, include_previous=False)
    _without_comments(FOLDER / "messages.po")
    (FOLDER / "messages.mo").write_bytes(compiled(read(FOLDER / "messages.po")))
    missing = untranslated(catalog)
    for text in missing:
        sys.stdout.write(f"not translated: {text}\n")
    return 1 if missing else 0


def _without_comments(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("#")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
