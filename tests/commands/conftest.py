"""``kontor`` in this process, with the environment of the test."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.world import World
from webapp.cli import kontor as command
from webapp.extensions import db
from webapp.sandbox.server import Sandbox

Run = Callable[..., Result]


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs ``kontor`` with these arguments; the first call makes the database."""

    def invoke(*arguments: str, **more: str) -> Result:
        for name in [name for name in os.environ if name.startswith(("KONTOR_", "DATABASE_", "REDIS_"))]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(command, list(arguments), **more)

    return invoke


@pytest.fixture
def kontor(run: Run) -> Run:
    """``kontor`` with nothing of the test's own in its way."""

    def invoke(*arguments: str, **more: str) -> Result:
        db.session.commit()
        db.session.remove()
        return run(*arguments, **more)

    return invoke


@pytest.fixture
def world(empty_sandbox: Sandbox, context: Flask) -> World:
    """A connected Kontor in automatic mode."""
    made = World(empty_sandbox, context)
    made.connect()
    return made


def read(result: Result) -> Any:
    """The one document on stdout."""
    return json.loads(result.stdout)
