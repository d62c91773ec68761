"""What people ask for: a run for everybody or for some, once."""

from __future__ import annotations

import pytest

from tests.world import World
from webapp.domain import RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Run
from webapp.services import execution, requests, runs

BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"


def ask(*customer_ids: str, kind: RunKind = RunKind.USAGE) -> Run:
    """The queue of the tests does not run: what could not be enqueued waits for the housekeeping."""
    return requests.request_run(kind=kind, trigger="web", by="user:dana", customer_ids=list(customer_ids) or None)


@pytest.mark.usefixtures("context")
def test_before_both_systems_are_connected_nothing_is_opened() -> None:
    with pytest.raises(Refused, match="not_connected"):
        ask()
    assert db.session.query(Run).count() == 0


def test_a_run_waits_also_where_the_queue_is_away(world: World) -> None:
    run_id = ask().id
    db.session.commit()
    assert runs.reap() == [run_id]


def test_asking_twice_gives_one_run(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    bakery = world.ids[BAKERY]
    assert ask().id == ask().id
    assert ask(bakery).id == ask(bakery, bakery).id
    assert ask(bakery).id != ask().id
    assert ask(kind=RunKind.REFRESH).id != ask().id


def test_a_customer_that_does_not_exist_is_named(world: World) -> None:
    with pytest.raises(Refused) as caught:
        ask("no-such-id")
    assert (caught.value.code, caught.value.params) == ("customer_unknown", {"customer": "no-such-id"})


def test_where_none_of_the_chosen_takes_part_they_are_named(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, usage_sync=False)
    with pytest.raises(Refused) as caught:
        ask(world.ids[BAKERY])
    assert (caught.value.code, caught.value.params) == ("not_eligible", {"customer": BAKERY})


def test_those_who_take_no_part_are_skipped_and_the_others_synchronised(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6, usage_sync=False)
    run = ask(world.ids[BAKERY], world.ids[SHIPPING], world.ids[SHIPPING])
    execution.carry_out(run.id)
    found = {result.customer_name: (result.state, result.error_code) for result in runs.get(run.id).results}
    assert found == {BAKERY: ("succeeded", None), SHIPPING: ("skipped", "not_eligible")}
    assert world.units(SHIPPING) == 5


def test_who_takes_part_by_the_time_the_run_begins_is_not_skipped(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    shipping = world.customer(SHIPPING, units=5, usage=6, usage_sync=False)
    run_id = ask(world.ids[BAKERY], world.ids[SHIPPING]).id
    shipping.mapping.usage_sync = True
    db.session.commit()
    execution.carry_out(run_id)
    run = runs.get(run_id)
    assert (run.state, {result.state for result in run.results}) == ("succeeded", {"succeeded"})
    assert world.units(SHIPPING) == 6


def test_a_run_in_which_nobody_takes_part_any_more_changes_nothing(world: World) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    run_id = ask(world.ids[BAKERY]).id
    bakery.mapping.usage_sync = False
    db.session.commit()
    execution.carry_out(run_id)
    run = runs.get(run_id)
    assert (run.state, run.lines, run.results, world.posted()) == ("succeeded", [], [], [])
    assert world.sandbox.state.books.calls("sophos_api") == 0


def test_choosing_one_customer_leaves_the_held_changes_of_others_alone(world: World) -> None:
    world.customer(BAKERY, units=14, usage=40)
    world.customer(SHIPPING, units=5, usage=50)
    world.sync()
    world.use(SHIPPING, 60)
    world.sync(SHIPPING)
    assert [(change.target, change.state) for change in world.changes()] == [
        (40, "held"),
        (50, "superseded"),
        (60, "held"),
    ]


def test_choosing_one_customer_synchronises_all_on_its_contract(world: World) -> None:
    bakery = world.customer(BAKERY, units=12, usage=8)
    world.customer(SHIPPING, units=None, usage=6, contract=bakery.mapping.contract)
    run = world.sync(SHIPPING)
    assert {result.customer_name for result in run.results} == {BAKERY, SHIPPING}
    assert world.units(BAKERY) == 14


def test_a_contract_that_vanished_from_autotask_fails_alone(world: World) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6)
    contracts = world.sandbox.state.autotask.tables["Contracts"]
    del contracts[bakery.mapping.contract_id]
    run = world.sync()
    assert {result.customer_name: result.error_code for result in run.results} == {BAKERY: "contract_not_mapped", SHIPPING: None}
    assert (run.state, world.units(SHIPPING)) == ("partial", 6)
