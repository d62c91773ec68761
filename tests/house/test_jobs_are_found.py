"""Jobs are named by string, because webapp never imports jobs; each name must lead to a function."""

from __future__ import annotations

import inspect

import pytest
from rq.utils import import_attribute

from webapp import queueing
from webapp.domain import RunKind


@pytest.mark.parametrize(("name", "parameters"), [*((name, 1) for name in queueing.JOBS.values()), (queueing.HOUSEKEEPING, 0)])
def test_each_name_leads_to_a_function_that_takes_one_id_or_nothing(name: str, parameters: int) -> None:
    function = import_attribute(name)
    assert inspect.isfunction(function)
    assert len(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize("kind", [RunKind.REFRESH, RunKind.USAGE])
def test_every_kind_of_run_that_can_be_opened_has_a_job(kind: RunKind) -> None:
    assert kind in queueing.JOBS
