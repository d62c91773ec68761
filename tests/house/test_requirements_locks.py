"""The locks: every dependency in them, each with its hashes, no address of an index, and each with a reason in pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"


def locked(name: str) -> dict[str, str]:
    """Package to version."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {match[1]: match[2] for line in lines if (match := re.match(r"([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", line))}


def wanted(*groups: str) -> set[str]:
    """The packages that pyproject.toml asks for, in the spelling of the locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for group in groups for line in project["optional-dependencies"][group])]
    return {re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0].lower().replace("_", "-") for line in lines}


@pytest.mark.parametrize("name", [RUN, DEVELOP])
def test_every_locked_package_has_its_hashes_and_no_index_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", text) if re.match(r"[a-z0-9._-]+(\[[^]]*\])?==", entry)]
    assert len(entries) == len(locked(name)) > 30
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index|--extra-index|--find-links", text) == []


def test_everything_that_is_needed_is_locked() -> None:
    assert wanted("install") - set(locked(RUN)) == set()
    assert wanted("install", "dev") - set(locked(DEVELOP)) == set()


def test_tests_run_with_the_versions_that_are_installed_for_use() -> None:
    run, develop = locked(RUN), locked(DEVELOP)
    assert {name: develop.get(name) for name in run} == run


def test_each_dependency_says_what_it_is_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table = text.partition("dependencies = [")[2].partition("\n]")[0]
    silent = [line.strip() for line in table.splitlines() if line.strip() and "#" not in line]
    assert silent == []
