"""``kontor user add``: a person who may sign in."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from webapp.commands.users import group
from webapp.errors import Refused
from webapp.services import sign_in

PASSWORD = "correct horse battery"


def _add(*arguments: str, stdin: str = f"{PASSWORD}\n") -> Result:
    return CliRunner().invoke(group, ["add", *arguments], input=stdin)


def test_the_password_comes_from_standard_input_or_the_first_line_of_a_file(context: Flask, tmp_path: Path) -> None:
    assert _add("Vera", "--role", "viewer", "--password-file", "-").exit_code == 0
    (tmp_path / "password").write_text(f"{PASSWORD}\nsomething else\n")
    assert _add("Ada", "--role", "admin", "--password-file", str(tmp_path / "password")).exit_code == 0
    assert sign_in.sign_in(name="Vera", password=PASSWORD).role == "viewer"
    assert sign_in.sign_in(name="Ada", password=PASSWORD).role == "admin"


def test_a_name_that_exists_is_refused_without_reset(context: Flask) -> None:
    _add("Vera", "--role", "viewer", "--password-file", "-")
    again = _add("Vera", "--role", "admin", "--password-file", "-")
    assert isinstance(again.exception, Refused)
    assert again.exception.code == "user_exists"
    reset = _add("Vera", "--role", "admin", "--password-file", "-", "--reset", stdin="another long password\n")
    assert reset.exit_code == 0
    assert sign_in.sign_in(name="Vera", password="another long password").role == "admin"


@pytest.mark.parametrize("arguments", [["Vera"], ["Vera", "--role", "owner", "--password-file", "-"], ["--role", "viewer"]])
def test_wrong_usage_is_status_2(context: Flask, arguments: list[str]) -> None:
    assert _add(*arguments).exit_code == 2
