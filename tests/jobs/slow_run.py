"""A stand-in for the work of a run that real workers carry out in tests: it waits until the test lets it end."""

from __future__ import annotations

import time
from pathlib import Path

from jobs.application import application
from webapp.context import context
from webapp.domain import Calls, RunState
from webapp.services import runs

LET_GO = "let-go"
TRACE = "trace"


def carry_out(run_id: int) -> None:
    """Claim the run, leave a trace of it, wait for the file ``let-go`` in the instance, end the run."""
    with application().app_context():
        claim = runs.claim(run_id)
        if claim is None:
            return
        instance = context().settings.instance
        with (instance / TRACE).open("a") as trace:
            trace.write(f"{claim.fence}\n")
        while not (instance / LET_GO).exists():
            time.sleep(0.05)
        runs.finish(claim, state=RunState.SUCCEEDED, calls=Calls())


def traces(instance: Path) -> list[str]:
    """The fence of each time that the run was begun."""
    path = instance / TRACE
    return path.read_text().split() if path.exists() else []
