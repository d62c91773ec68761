"""``kontor`` in this process, with the environment of the test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli import kontor

Run = Callable[..., Result]


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs ``kontor`` with these arguments; the first call makes the database."""

    def invoke(*arguments: str, **more: str) -> Result:
        for name in [name for name in os.environ if name.startswith(("KONTOR_", "DATABASE_", "REDIS_"))]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(kontor, list(arguments), **more)

    return invoke
