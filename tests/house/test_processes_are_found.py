"""What the Procfile and the supervisor start exists, although it is named by string."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from webapp.cli import kontor
from webapp.processes import SCHEDULER, WORKER

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("command", [WORKER, SCHEDULER])
def test_the_supervisor_starts_modules_that_exist(command: list[str]) -> None:
    assert importlib.util.find_spec(command[-1]) is not None


def test_the_procfile_names_commands_that_exist() -> None:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["release", "web", "worker", "scheduler"]
    commands = [re.fullmatch(r"\w+: (?:exec )?python -m webapp (\w+)(?: \w+)?", line) for line in lines]
    assert {match[1] for match in commands if match} <= set(kontor.commands)
    assert all(commands)
