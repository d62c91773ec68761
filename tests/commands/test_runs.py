"""The history on the command line."""

from __future__ import annotations

import json

from flask import Flask

from tests.builders import add_run
from tests.commands.conftest import Run
from webapp.extensions import db


def test_a_run_that_does_not_exist_is_still_answered_with_one_document(run: Run) -> None:
    answer = run("run", "9999", "--json")
    document = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (document["id"], document["state"], document["error"]["code"]) == (None, "failed", "run_unknown")
    assert "There is no run 9999." in answer.stderr


def test_the_list_of_runs_is_narrowed_by_kind_state_month_and_failures(run: Run, app: Flask) -> None:
    with app.app_context():
        add_run(kind="refresh", month=None)
        add_run(month="2026-10")
        add_run(month="2026-11", state="failed", error_code="unreachable")
        db.session.commit()

    def months(*options: str) -> list[str | None]:
        return [head["month"] for head in json.loads(run("runs", "--json", *options).stdout)]

    assert months() == ["2026-11", "2026-10", None]
    assert months("--kind", "usage") == ["2026-11", "2026-10"]
    assert months("--month", "2026-10") == ["2026-10"]
    assert months("--state", "failed") == months("--failures") == ["2026-11"]
    assert months("--kind", "refresh", "--month", "2026-10") == []


def test_a_month_that_is_none_is_wrong_usage(run: Run) -> None:
    answer = run("runs", "--month", "October")
    assert answer.exit_code == 2
    assert "October is not a month." in answer.stderr
