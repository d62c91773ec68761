"""Every name that is read from the environment stands in the README's table of settings, and no other name does."""

from __future__ import annotations

import re
from pathlib import Path

from webapp.environment import setting_names

ROOT = Path(__file__).resolve().parents[2]


def documented() -> set[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Settings of the environment")[2].partition("\n## ")[0]
    names: set[str] = set()
    for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE):
        names.update(re.findall(r"`([A-Z][A-Z0-9_]+)`", row))
    return names


def without_files(names: set[str]) -> set[str]:
    """Without the variants ``NAME_FILE``, which the README explains once."""
    return {name for name in names if name.removesuffix("_FILE") not in names - {name}}


def test_the_readme_lists_each_name_that_is_read_and_no_other() -> None:
    assert documented() == without_files(setting_names())


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("webapp", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    ]
    assert sorted(readers) == ["webapp/environment.py", "webapp/settings.py"]
