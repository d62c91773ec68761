"""``kontor connect`` and ``kontor check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from webapp.sandbox.server import Sandbox


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def connect_both(run: Run, box: Sandbox, secret: Path) -> None:
    sophos, autotask = box.credentials()["sophos"], box.credentials()["autotask"]
    secret.write_text(sophos["client_secret"] + "\n")
    done = run("connect", "sophos", "--client-id", sophos["client_id"], "--secret-file", str(secret))
    assert (done.exit_code, done.stdout) == (0, "Sophos is connected.\n")
    arguments = ("--username", autotask["username"], "--integration-code", autotask["integration_code"], "--secret-file", "-")
    done = run("connect", "autotask", *arguments, input=autotask["secret"])
    assert (done.exit_code, done.stdout) == (0, "Autotask is connected.\n")


def test_both_systems_connect_from_the_command_line_and_check_well(small_sandbox: Sandbox, run: Run, secret: Path) -> None:
    connect_both(run, small_sandbox, secret)
    done = run("check", "--json")
    document = json.loads(done.stdout)
    assert (done.exit_code, document["ok"]) == (0, True)
    sophos, autotask = document["connections"]
    assert (sophos["system"], sophos["error"]) == ("sophos", None)
    assert autotask["limits"]["limit"] == 10_000
    for credentials in small_sandbox.credentials().values():
        for value in credentials.values():
            assert value not in done.output


def test_a_failed_check_ends_with_1_and_says_what_to_do(small_sandbox: Sandbox, run: Run, secret: Path) -> None:
    secret.write_text("wrong-secret")
    done = run("connect", "sophos", "--client-id", "somebody", "--secret-file", str(secret))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "Sophos refused the sign-in." in done.stderr
    assert "enter the secret again" in done.stderr
    assert "(credentials_refused)" in done.stderr
    assert "wrong-secret" not in done.output


def test_before_connecting_the_check_says_so(small_sandbox: Sandbox, run: Run) -> None:
    done = run("check")
    assert done.exit_code == 1
    assert done.stdout.count("(not_connected)") == 2


def test_a_lost_permission_shows_in_the_check(small_sandbox: Sandbox, run: Run, secret: Path) -> None:
    connect_both(run, small_sandbox, secret)
    small_sandbox.state.switches.denied_entities = {"Contracts"}
    done = run("check", "--json")
    sophos, autotask = json.loads(done.stdout)["connections"]
    assert done.exit_code == 1
    assert (sophos["ok"], autotask["ok"], autotask["error"]["code"]) == (True, False, "permission_missing")


def test_the_check_names_what_the_ticket_sync_lacks_and_succeeds(small_sandbox: Sandbox, run: Run, secret: Path) -> None:
    connect_both(run, small_sandbox, secret)
    small_sandbox.state.switches.denied_entities = {"Tickets"}
    said = run("check")
    assert said.exit_code == 0
    assert "every permission that the usage sync needs is there" in said.stdout
    assert "  Tickets may not be read in Autotask: the ticket sync will not work." in said.stdout
    done = run("check", "--json")
    autotask = json.loads(done.stdout)["connections"][1]
    assert (done.exit_code, autotask["ok"], autotask["facts"]["ticket_rights"]["Tickets"]["read"]) == (0, True, "no")
    assert [note["code"] for note in autotask["notes"]] == ["tickets_not_readable"]


@pytest.mark.parametrize("arguments", [("connect", "sophos"), ("connect", "elsewhere"), ("check", "--yaml")])
def test_wrong_usage_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_secret_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    done = run("connect", "sophos", "--client-id", "x", "--secret-file", str(tmp_path / "nowhere"))
    assert done.exit_code == 2
