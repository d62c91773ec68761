"""Bad input from either system: a finding on that line, never an exception, never a write; the neighbour is billed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.world import PRODUCT, World

BAKERY, NEIGHBOUR = "Bäckerei Wöhrle KG", "Albion Freight Ltd"


def outcome(world: World) -> tuple[str | None, list[str | None]]:
    """The code of the bakery, after a run that billed its neighbour and nobody else."""
    world.customer(NEIGHBOUR, units=100, usage=103)
    run = world.sync()
    assert run.state == "partial", run.error_code
    assert world.posted() == [(world.lines[NEIGHBOUR, PRODUCT], 3)]
    result = next(each for each in run.results if each.customer_name == BAKERY)
    assert result.state == "failed"
    return result.error_code, [line.code for line in run.lines if BAKERY in line.customer_names and line.code]


@pytest.mark.parametrize("figure", ["twelve", "15", "", None, -3, 15.5, 1_000_001, 10**30, True, [15], {"value": 15}])
def test_a_quantity_that_is_no_whole_number_of_licences(world: World, figure: Any) -> None:
    world.customer(BAKERY, units=12, usage=None)
    world.use(BAKERY, 15, extra={"billableQuantity": figure})
    assert outcome(world) == ("quantity_invalid", ["quantity_invalid"])


def row_of(world: World) -> Any:
    rows = world.sandbox.state.autotask.lines[world.lines[BAKERY, PRODUCT]]
    return next(row for row in rows if row.start == date(2026, 11, 1))


def twin(world: World) -> None:
    row = row_of(world)
    rows = world.sandbox.state.autotask.lines[world.lines[BAKERY, PRODUCT]]
    rows.append(type(row)(9_999_999, row.start, row.end, 13, row.price))


def negative(world: World) -> None:
    row_of(world).units = -4


def absurd(world: World) -> None:
    row_of(world).units = 2**40


@pytest.mark.parametrize("broken", [twin, negative, absurd])
def test_unit_rows_that_nobody_can_bill_from(world: World, broken: Callable[[World], None]) -> None:
    world.customer(BAKERY, units=12, usage=15)
    broken(world)
    assert outcome(world) == ("units_not_readable", ["units_not_readable"])


def test_a_contract_that_ends_before_it_starts(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, start=date(2026, 12, 31), end=date(2026, 1, 1))
    assert outcome(world)[0] == "contract_invalid"


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "0000-00-00T00:00:00Z", "soon", None])
def test_a_contract_with_an_impossible_date(world: World, text: str | None) -> None:
    customer = world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.autotask.tables["Contracts"][customer.mapping.contract_id]["endDate"] = text
    assert outcome(world)[0] == "contract_invalid"


def test_a_service_twice_on_a_contract(world: World) -> None:
    customer = world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.add_contract_service(contract_id=customer.mapping.contract_id, service_id=world.service(), units=4)
    code, codes = outcome(world)
    assert code == "service_ambiguous"
    assert sorted(filter(None, codes)) == ["line_without_usage", "line_without_usage", "service_ambiguous"]
