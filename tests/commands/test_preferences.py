"""``kontor settings``: read and set the settings of the installation."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from webapp.commands.preferences import group
from webapp.services import preferences


def _settings(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def test_get_lists_every_setting_and_one_alone_by_name(context: Flask) -> None:
    lines = _settings("get").stdout.splitlines()
    assert lines == [f"{name}={value}" for name, value in preferences.everything().items()]
    assert _settings("get", "sync_time").stdout == "02:00\n"


def test_set_keeps_the_value_and_prints_it_in_its_normal_form(context: Flask) -> None:
    answer = _settings("set", "sync_time", "4:30")
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "sync_time=04:30\n", "")
    assert preferences.get("sync_time") == "04:30"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set", "sync_time", "25:00"], "a time of day, HH:MM"),
        (["set", "mode", "fast"], "observe, approve, automatic or paused"),
        (["set", "colour", "red"], "There is no setting colour."),
        (["get", "colour"], "There is no setting colour."),
    ],
)
def test_an_unknown_name_or_value_is_wrong_usage_and_says_what_is_allowed(
    context: Flask, arguments: list[str], said: str
) -> None:
    before = preferences.everything()
    answer = _settings(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert preferences.everything() == before


@pytest.mark.parametrize("mode", ["automatic", "approve"])
def test_starting_says_what_the_guide_would_ask_and_asks_nothing(context: Flask, mode: str) -> None:
    answer = _settings("set", "mode", mode)
    assert (answer.exit_code, answer.stdout) == (0, f"mode={mode}\n")
    assert "Sophos’ own Autotask integration is off" in answer.stderr
    assert "no other billing integration" in answer.stderr
    assert _settings("set", "mode", "paused").stderr == ""
