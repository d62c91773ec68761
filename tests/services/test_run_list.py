"""The list of runs: every filter, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from tests.builders import OPERATOR, add_customer, add_result, add_run
from webapp.extensions import db
from webapp.services import run_list
from webapp.services.run_filter import RunFilter

LATE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
"""Half past midnight on 23 November in Berlin."""


@pytest.fixture
def runs(context: Flask) -> dict[str, int]:
    """One run of each kind that a filter tells from the others."""
    customer = add_customer()
    refresh = add_run(kind="refresh", month=None, started_at=None, created_at=datetime(2026, 10, 1, 12, tzinfo=UTC))
    dry = add_run(dry_run=True, month="2026-10", trigger="cli", requested_by="cli:kontor@box")
    some = add_run(state="succeeded", trigger="web", requested_by=OPERATOR, started_at=LATE)
    add_result(run=some, customer=customer, state="failed", error_code="contract_ended")
    failed = add_run(state="failed", error_code="unreachable")
    db.session.commit()
    return {"refresh": refresh.id, "dry": dry.id, "some": some.id, "failed": failed.id}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["failed", "some", "dry", "refresh"]),
        ({"kind": "refresh"}, ["refresh"]),
        ({"state": "failed"}, ["failed"]),
        ({"trigger": "web"}, ["some"]),
        ({"month": "2026-10"}, ["dry"]),
        ({"who": OPERATOR}, ["some"]),
        ({"failures": True}, ["failed", "some"]),
        ({"dry": True}, ["dry"]),
        ({"dry": False, "kind": "usage"}, ["failed", "some"]),
        ({"since": date(2026, 11, 23)}, ["failed", "some", "dry"]),
        ({"until": date(2026, 11, 22)}, ["refresh"]),
        ({"since": date(2026, 10, 1), "until": date(2026, 10, 1)}, ["refresh"]),
        ({"who": "user:nobody"}, []),
    ],
)
def test_each_filter_shows_the_runs_it_names(runs: dict[str, int], wanted: dict[str, Any], names: list[str]) -> None:
    page = run_list.page(RunFilter(**wanted))
    assert [run.id for run in page.runs] == [runs[name] for name in names]
    assert (page.total, page.installed) == (len(names), 4)


def test_the_filter_offers_the_months_and_people_there_are_and_keeps_the_chosen_one(runs: dict[str, int]) -> None:
    page = run_list.page(RunFilter(month="2020-01", who="user:gone"))
    assert page.months == ["2020-01", "2026-11", "2026-10"]
    assert page.people == ["user:gone", "cli:kontor@box", "kontor", OPERATOR]


def test_a_page_past_the_end_is_the_last_one(context: Flask) -> None:
    for _ in range(run_list.PAGE_SIZE + 1):
        add_run()
    db.session.commit()
    page = run_list.page(RunFilter(page=9))
    assert (page.filter.page, page.pages, len(page.runs)) == (2, 2, 1)
    assert run_list.page(RunFilter(kind="refresh", page=9)).filter.page == 1
