"""The query strings of the pages of runs: what they mean, and that nothing in them is ever an error."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.services.run_filter import RunFilter, RunView


def parsed(**values: str) -> RunFilter:
    return RunFilter.parse({name.removesuffix("_"): [value] for name, value in values.items()})


def test_what_the_address_says_is_what_the_filter_gives_back() -> None:
    query = {"kind": "usage", "state": "partial", "trigger": "cli", "month": "2026-11", "who": "user:dana", "dry": "0"}
    wanted = parsed(**query, failures="1", from_="2026-11-01", to="2026-11-23", page="3")
    assert wanted.since == date(2026, 11, 1)
    assert wanted.until == date(2026, 11, 23)
    assert wanted.dry is False
    assert {name: str(value) for name, value in wanted.arguments(page=3).items()} == {
        **query,
        "failures": "1",
        "from": "2026-11-01",
        "to": "2026-11-23",
        "page": "3",
    }


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "nonsense"},
        {"state": "nonsense"},
        {"trigger": "nonsense"},
        {"month": "2026-13"},
        {"month": "November"},
        {"failures": "yes"},
        {"dry": "2"},
        {"from_": "yesterday"},
        {"from_": "0001-01-01"},
        {"to": "9999-12-31"},
        {"page": "-1"},
        {"page": "²"},
        {"who": "\0"},
    ],
)
def test_what_is_not_understood_is_ignored(query: dict[str, str]) -> None:
    assert parsed(**query) == RunFilter()


def test_another_choice_begins_at_the_first_page() -> None:
    assert parsed(page="4").arguments(failures=True) == {"failures": 1}


def test_a_chip_switches_itself_and_keeps_the_rest() -> None:
    chips = parsed(kind="usage", month="2026-11").chips()
    assert chips["usage"] == (True, {"month": "2026-11"})
    assert chips["refresh"] == (False, {"kind": "refresh", "month": "2026-11"})
    assert chips["failures"] == (False, {"kind": "usage", "month": "2026-11", "failures": 1})
    assert chips["all"] == (False, {})
    assert RunFilter(page=2).chips()["all"][0]


def test_the_form_stands_open_when_something_is_chosen_that_has_no_chip() -> None:
    assert not parsed(kind="usage", failures="1", dry="1").has_details
    assert parsed(dry="0").has_details
    assert parsed(who="kontor").has_details


def test_the_view_of_a_run_keeps_its_search_from_tab_to_tab() -> None:
    view = RunView.parse({"lines": ["customers"], "result": ["failed"], "q": [" Möller "], "page": ["2"]})
    assert view == RunView("customers", "Möller", "failed", 2)
    assert view.arguments(tab="all", result="") == {"lines": "all", "q": "Möller"}
    assert RunView.parse({"lines": ["nonsense"], "result": ["failed"]}) == RunView()
