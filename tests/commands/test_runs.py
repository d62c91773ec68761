"""The history on the command line."""

from __future__ import annotations

import json

from tests.commands.conftest import Run


def test_a_run_that_does_not_exist_is_still_answered_with_one_document(run: Run) -> None:
    answer = run("run", "9999", "--json")
    document = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (document["id"], document["state"], document["error"]["code"]) == (None, "failed", "run_unknown")
    assert "There is no run 9999." in answer.stderr
