"""The page that takes a run back, and the forms of a contract's decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.conftest import Pages
from tests.world import PRODUCT, World
from webapp.domain import Role
from webapp.extensions import db
from webapp.models import Change, Mapping, Run
from webapp.sandbox.server import Sandbox
from webapp.services import contract_settings, execution, pins, undo

BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
SetClock = Callable[[str], object]

pytestmark = pytest.mark.usefixtures("empty_sandbox")  # before the application, which then has its addresses


@pytest.fixture
def world(empty_sandbox: Sandbox, app: Flask) -> World:
    with app.app_context():
        made = World(empty_sandbox, app)
        made.connect()
        db.session.commit()
    return made


@pytest.fixture
def done(world: World, app: Flask) -> int:
    """A run that raised two lines: 12 to 15 and 5 to 6."""
    with app.app_context():
        world.customer(BAKERY, units=12, usage=15)
        world.customer(SHIPPING, units=5, usage=6)
        return world.sync().id


def carried_out(app: Flask, run_id: int) -> None:
    """What a worker does with the run."""
    with app.app_context():
        execution.carry_out(run_id)


def prepared(operator: Pages, app: Flask, run_id: int) -> int:
    """Prepare the undo on the page, and let the worker do its part; the run that did it."""
    assert operator.post(f"/runs/{run_id}/undo").location == f"/runs/{run_id}/undo"
    with app.app_context():
        made = db.session.scalars(select(Run.id).where(Run.undo_of == run_id)).one()
    carried_out(app, made)
    return made


def held_lines(app: Flask, run_id: int) -> set[int]:
    with app.app_context():
        return pins.pinned_by(run_id)


def test_a_run_leads_to_its_undo_which_explains_itself(world: World, done: int, viewer: Pages) -> None:
    assert f'href="/runs/{done}/undo"' in viewer.get(f"/runs/{done}")
    page = viewer.get(f"/runs/{done}/undo")
    assert "Not prepared yet" in page
    assert "Prepare the undo" not in page  # a viewer may only look
    german = viewer.get(f"/runs/{done}/undo", language="de")
    assert "Lauf" in german


def test_preparing_shows_what_was_what_is_and_what_will_be(world: World, app: Flask, done: int, operator: Pages) -> None:
    with app.app_context():
        for change in db.session.scalars(select(Change)):
            change.period_start, change.period_end = date(2026, 11, 1), date(2026, 11, 30)
        db.session.commit()
    assert "Prepare the undo" in operator.get(f"/runs/{done}/undo")
    made = prepared(operator, app, done)
    page = operator.get(f"/runs/{done}/undo")
    for words in ("24 Nov 2026", "Approve 2 changes", "Release all 2 lines", "about 0.50", "A prorated line cannot be deleted"):
        assert words in page
    assert "prepared the undo of run" in operator.get(f"/runs/{made}")


def test_the_undo_leads_to_its_approval(world: World, app: Flask, done: int, operator: Pages) -> None:
    prepared(operator, app, done)
    with app.app_context():
        waiting = undo.page(done).waiting
    confirm = operator.get("/psa/approvals/confirm?decision=approve&" + "&".join(f"change={each}" for each in waiting))
    assert "Sophos Intercept X Advanced" in confirm
    assert "Takes back what run" in operator.get("/psa/approvals")


def test_a_line_is_released_one_by_one_or_all_at_once(world: World, app: Flask, done: int, operator: Pages) -> None:
    prepared(operator, app, done)
    line_id = world.lines[BAKERY, PRODUCT]
    operator.post(f"/runs/{done}/undo/release", {"line": str(line_id)})
    assert held_lines(app, done) == {world.lines[SHIPPING, PRODUCT]}
    operator.post(f"/runs/{done}/undo/release", {"decision": "all"})
    assert held_lines(app, done) == set()
    refused = operator.post(f"/runs/{done}/undo/release", {"line": "x"}, status=422)
    assert "no id" in refused.get_data(as_text=True)
    operator.post(f"/runs/{done}/undo/release", {"decision": "all"}, status=422)


def test_what_cannot_be_undone_says_why(world: World, app: Flask, operator: Pages) -> None:
    with app.app_context():
        world.customer(BAKERY, units=12, usage=12)
        run_id = world.sync().id
    assert "changed nothing that could be taken back" in operator.get(f"/runs/{run_id}/undo")
    operator.post(f"/runs/{run_id}/undo", status=422)
    operator.get("/runs/999/undo", status=404)


# --- a contract's decisions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def contract(world: World, app: Flask) -> str:
    """The address of a contract with a paused customer and a scheduled change."""
    with app.app_context():
        bakery = world.customer(BAKERY, units=12, usage=15)
        world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=20, on=date(2026, 12, 1))
        world.sync()
        world.customer(SHIPPING, units=None, usage=2, contract=bakery.mapping.contract, usage_sync=False)
        return f"/psa/autotask/contracts/{bakery.mapping.contract_id}"


def test_a_contract_asks_its_questions_and_only_some_may_answer(contract: str, pages_as: Callable[[Role], Pages]) -> None:
    for role, forms in ((Role.VIEWER, 0), (Role.OPERATOR, 2), (Role.ADMIN, 3)):
        page = pages_as(role).get(f"{contract}/decisions")
        assert page.count(f'action="{contract}/') == forms
        assert "Its usage sync is off." in page
        assert "From 1 Dec 2026 on: +8 units." in page


def test_leaving_out_stands_on_the_page_with_who_and_why(world: World, app: Flask, contract: str, operator: Pages) -> None:
    customer_id = world.ids[SHIPPING]
    refused = operator.post(f"{contract}/left-out", {"customer": customer_id, "answer": "out", "reason": " "}, status=422)
    assert "Say in a few words why" in refused.get_data(as_text=True)
    operator.post(f"{contract}/left-out", {"customer": customer_id, "answer": "out", "reason": "Left in May."})
    assert "Left out of the sum: Left in May." in operator.get(f"{contract}/decisions")
    answer = operator.post(f"{contract}/left-out", {"customer": customer_id, "answer": "in"}, htmx=True, status=200)
    assert "Left out of the sum" not in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.get_one(Mapping, customer_id).left_out_contract_id is None


def test_a_scheduled_change_is_answered_and_the_answer_taken_back(world: World, contract: str, operator: Pages) -> None:
    line = {"line": str(world.lines[BAKERY, PRODUCT])}
    operator.post(f"{contract}/scheduled", {**line, "decision": "keep"})
    assert "To be kept" in operator.get(f"{contract}/decisions")
    operator.post(f"{contract}/scheduled", {**line, "decision": ""})
    assert "To be kept" not in operator.get(f"{contract}/decisions")
    operator.post(f"{contract}/scheduled", {"line": "1", "decision": "keep"}, status=422)
    operator.post(f"{contract}/scheduled", {**line, "decision": "maybe"}, status=422, htmx=True)


def test_the_billing_way_is_an_administrators_choice(app: Flask, contract: str, operator: Pages, admin: Pages) -> None:
    contract_id = int(contract.rpartition("/")[2])
    operator.post(f"{contract}/billing", {"billing": "arrears"}, status=403)
    answer = admin.post(f"{contract}/billing", {"billing": "arrears", "back": "/runs"})
    assert answer.location == "/runs"
    with app.app_context():
        assert contract_settings.own_billing(contract_id) == "arrears"
    assert admin.post(f"{contract}/billing", {"billing": "", "back": "https://evil.example"}).location == f"{contract}/decisions"
    admin.post(f"{contract}/billing", {"billing": "hourly"}, status=422)


def test_a_contract_that_nobody_knows_is_not_found(world: World, operator: Pages) -> None:
    operator.get("/psa/autotask/contracts/1/decisions", status=404)
    operator.post("/psa/autotask/contracts/1/scheduled", {"line": "1"}, status=404)


# --- conflicts ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def conflict(world: World, app: Flask, set_clock: SetClock) -> int:
    """A change from 12 to 15 whose line shows 13."""
    state = world.sandbox.state
    state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    with app.app_context():
        world.customer(BAKERY, units=12, usage=15)
        world.sync()
        set_clock("2026-11-23T11:20:00+00:00")
        state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=13)
        world.sync()
        return world.changes()[0].id


def test_a_conflict_is_adopted_where_it_stands(world: World, conflict: int, operator: Pages, viewer: Pages) -> None:
    assert "Adopt 13" in operator.get("/psa/approvals")
    assert "Adopt 13" not in viewer.get("/psa/approvals")
    assert operator.post(f"/psa/conflicts/{conflict}/adopt").location == "/psa/approvals"
    assert "Taken over as Autotask shows it" in operator.get("/psa/approvals")
    operator.post(f"/psa/conflicts/{conflict}/adopt")
    assert "is no conflict, or no longer" in operator.get("/psa/approvals")


def test_a_conflict_is_corrected_by_a_run_of_its_own(world: World, app: Flask, conflict: int, operator: Pages) -> None:
    address = operator.post(f"/psa/conflicts/{conflict}/correct").location
    carried_out(app, int(address.rpartition("/")[2]))
    assert "Confirmed" in operator.get(address)
    assert [change for _, change in world.posted()] == [2]


def test_the_conflict_stands_on_its_contract_too(app: Flask, conflict: int, operator: Pages) -> None:
    with app.app_context():
        contract_id = db.session.get_one(Change, conflict).contract_id
    page = operator.get(f"/psa/autotask/contracts/{contract_id}/decisions")
    assert "Before 12, wanted 15, Autotask shows 13." in page
    assert "Correct to 15" in page
