"""The query string of the customers page."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from webapp.services.customer_filter import CustomerFilter


def parsed(query: str) -> CustomerFilter:
    return CustomerFilter.parse(parse_qs(query, keep_blank_values=True))


def test_every_part_of_the_filter_is_read() -> None:
    wanted = parsed("q= Bau &available=1&status=failed&status=successful&mapped=0&attention=1&sort=-company&page=3")
    assert wanted == CustomerFilter("Bau", True, ("successful", "failed"), False, True, "-company", 3)


@pytest.mark.parametrize(
    "query",
    ["", "available=2", "status=fine", "mapped=x", "attention=yes", "sort=salary", "sort=--name", "page=0", "page=-1", "page=x",
     "page=²", "colour=red"],
)  # fmt: skip
def test_what_is_not_understood_is_ignored(query: str) -> None:
    assert parsed(query) == CustomerFilter()


def test_a_page_number_of_any_length_is_past_the_end_and_not_the_first_page() -> None:
    assert parsed("page=" + "9" * 400).page == 999_999_999


def test_a_filter_written_as_arguments_reads_the_same_again() -> None:
    wanted = CustomerFilter("Bau", True, ("failed",), True, True, "-status", 4)
    again = {name: value if isinstance(value, list) else [str(value)] for name, value in wanted.here().items()}
    assert CustomerFilter.parse(again) == wanted


def test_another_filter_begins_on_the_first_page() -> None:
    assert "page" not in CustomerFilter(page=4).arguments(sort="company")
    assert CustomerFilter(page=4).arguments(page=5) == {"page": 5}


def test_a_search_is_cut_at_200_letters() -> None:
    assert len(parsed("q=" + "a" * 500).q) == 200


def on(query: str) -> set[str]:
    return {name for name, (is_on, _) in parsed(query).chips().items() if is_on}


def test_a_chip_is_on_whatever_is_searched_for_and_two_may_be_on_at_once() -> None:
    assert on("q=Bau&sort=-name&page=2") == {"all"}
    assert on("mapped=0") == {"unmapped"}
    assert on("status=failed&status=successful&available=1") == {"successful", "failed", "available"}


def test_a_chip_switches_itself_and_leaves_search_order_and_the_others() -> None:
    chips = parsed("q=Bau&status=failed&sort=company&page=3").chips()
    assert chips["successful"][1] == {"q": "Bau", "status": ["successful", "failed"], "sort": "company"}
    assert chips["failed"][1] == {"q": "Bau", "sort": "company"}
    assert chips["unmapped"][1] == {"q": "Bau", "status": ["failed"], "mapped": 0, "sort": "company"}
    assert chips["all"][1] == {"q": "Bau", "sort": "company"}
    assert not parsed("").narrows
    assert parsed("q=a").narrows
    assert parsed("mapped=1").narrows
