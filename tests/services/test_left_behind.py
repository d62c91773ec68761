"""Lines that Kontor bills and that no mapping names any more: shown before a mapping is saved, then held, and set to 0 only by
a person."""

from __future__ import annotations

import pytest

from tests.builders import BAKERY, SHIPPING
from tests.world import PRODUCT, World
from webapp.domain import LineState
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import left_behind, mapping_files, mappings, product_files, products


def billed_world(world: World) -> World:
    """The bakery's line was raised from 12 to 15 by Kontor."""
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=6, usage=6)
    assert world.states(world.sync())[BAKERY] == "confirmed"
    return world


def unmap(world: World, *, accepted: bool) -> None:
    left_behind.saved(
        lambda: mappings.set_contract(customer_id=world.ids[BAKERY], contract_id=None, by="user:dana"),
        field="contract",
        accepted=accepted,
    )
    db.session.commit()


def test_saving_a_mapping_that_leaves_a_billed_line_says_so_first(world: World) -> None:
    billed_world(world)
    with pytest.raises(Refused) as refused:
        unmap(world, accepted=False)
    db.session.rollback()
    assert (refused.value.code, refused.value.field) == ("leaves_lines", "contract")
    assert "(15)" in refused.value.params["lines"]


def test_a_contract_that_another_customer_still_names_leaves_nothing(world: World) -> None:
    bakery = world.customer(BAKERY, units=12, usage=10)
    world.customer(SHIPPING, units=None, usage=5, contract=bakery.mapping.contract)
    world.sync()
    unmap(world, accepted=False)
    assert bakery.mapping.contract_id is None


def test_a_line_left_behind_is_held_at_zero_and_nothing_is_posted(world: World) -> None:
    billed_world(world)
    unmap(world, accepted=True)
    run = world.sync()
    (line,) = [line for line in run.lines if line.contract_service_id == world.lines[BAKERY, PRODUCT]]
    assert (line.state, line.code, line.before, line.target) == ("held", "left_behind", 15, 0)
    assert line.effective_date.isoformat() == "2026-12-01"
    assert (world.units(BAKERY), len(world.posted())) == (15, 1)
    again = world.sync()
    held = [change for change in world.changes() if change.state == LineState.HELD]
    assert (again.state, len(held)) == ("succeeded", 1)


def test_a_product_that_loses_its_service_leaves_the_lines_of_that_service(world: World) -> None:
    billed_world(world)
    with pytest.raises(Refused) as refused:
        left_behind.saved(lambda: products.set_mapping(product_code=PRODUCT, by="user:dana"), field="service", accepted=False)
    db.session.rollback()
    assert refused.value.code == "leaves_lines"


def test_a_file_that_leaves_lines_behind_warns_at_its_line(world: World) -> None:
    billed_world(world)
    rows = mapping_files.export().splitlines()
    unmapped = [f"{world.ids[BAKERY]},,,,,,,", *[row for row in rows[1:] if world.ids[BAKERY] not in row]]
    report = mapping_files.import_mappings(data="\n".join([rows[0], *unmapped]).encode(), by="user:dana", dry_run=True)
    assert [(warning.line, warning.code) for warning in report.warnings] == [(2, "leaves_lines")]
    header = product_files.export().splitlines()[0]
    file = f"{header}\n{PRODUCT},,,,,,,,,,\n".encode()
    assert [warning.code for warning in product_files.import_products(data=file, by="user:dana").warnings] == ["leaves_lines"]
