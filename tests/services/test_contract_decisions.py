"""What a person settles for one contract, and when an answer is void."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests import builders
from tests.world import PRODUCT, World
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AuditEntry, ContractSetting, Customer, LedgerLine, Mapping, ProductMapping
from webapp.services import bulk_edits, contract_decisions, contract_settings, left_out, line_decisions, mappings, products

BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
BY = "user:dana"


def last_audit() -> tuple[str, str]:
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return entry.action, entry.subject


# --- a change that somebody scheduled ----------------------------------------------------------------------------------------


@pytest.fixture
def scheduled(world: World) -> tuple[int, int]:
    """A contract and its line: 12 units, 15 used, and somebody made it 20 from December on."""
    customer = world.customer(BAKERY, units=12, usage=15)
    line_id = world.lines[BAKERY, PRODUCT]
    world.sandbox.state.set_units(contract_service_id=line_id, units=20, on=date(2026, 12, 1))
    run = world.sync()
    assert run.lines[0].code == "scheduled_change"
    assert customer.mapping.contract_id is not None
    return customer.mapping.contract_id, line_id


@pytest.mark.parametrize("answer", ["overwrite", "keep"])
def test_an_answer_is_about_the_step_that_stands_in_the_way(scheduled: tuple[int, int], answer: str) -> None:
    contract_id, line_id = scheduled
    (asked,) = line_decisions.of_contract(contract_id)
    assert (asked.line_id, asked.day, asked.units, asked.decision) == (line_id, date(2026, 12, 1), 20, None)
    line_decisions.decide(contract_id=contract_id, line_id=line_id, decision=answer, by=BY)
    db.session.commit()
    line = db.session.get_one(LedgerLine, line_id)
    assert (line.later_decision, line.later_step, line.later_decided_by) == (answer, {"date": "2026-12-01", "step": 8}, BY)
    assert last_audit() == ("scheduled_change", f"line:{line_id}")
    assert line_decisions.holds(line, line_decisions.Step("2026-12-01", 8))
    assert not line_decisions.holds(line, line_decisions.Step("2026-12-01", 9))
    assert [one.decision for one in line_decisions.of_contract(contract_id)] == [answer]
    line_decisions.decide(contract_id=contract_id, line_id=line_id, decision=None, by=BY)
    assert (line.later_decision, line.later_step, line.later_decided_at) == (None, None, None)


def test_when_the_step_is_another_one_the_question_is_asked_anew(world: World, scheduled: tuple[int, int]) -> None:
    contract_id, line_id = scheduled
    line_decisions.decide(contract_id=contract_id, line_id=line_id, decision="keep", by=BY)
    db.session.get_one(LedgerLine, line_id).later_step = {"date": "2026-12-01", "step": 3}
    db.session.commit()
    (asked,) = line_decisions.of_contract(contract_id)
    assert asked.step is not None
    assert (asked.step.step, asked.decision) == (8, None)


def test_an_answer_to_nothing_is_refused(world: World, scheduled: tuple[int, int]) -> None:
    contract_id, line_id = scheduled
    for wrong in ((contract_id, 1), (contract_id + 1, line_id)):
        with pytest.raises(Refused, match="nothing_scheduled"):
            line_decisions.decide(contract_id=wrong[0], line_id=wrong[1], decision="keep", by=BY)
    with pytest.raises(Refused, match="choice_invalid"):
        line_decisions.decide(contract_id=contract_id, line_id=line_id, decision="maybe", by=BY)


# --- leaving a customer out ---------------------------------------------------------------------------------------------------


@pytest.fixture
def paused(world: World) -> Mapping:
    """Two customers on one contract; usage sync of the second is off."""
    bakery = world.customer(BAKERY, units=12, usage=15)
    customer = world.customer(SHIPPING, units=None, usage=2, contract=bakery.mapping.contract, usage_sync=False)
    return customer.mapping


def leave_out(mapping: Mapping, reason: str = "Left in May; the last month is billed.") -> None:
    assert mapping.contract_id is not None
    left_out.leave_out(contract_id=mapping.contract_id, customer_id=mapping.customer_id, reason=reason, by=BY)
    db.session.commit()


def test_a_paused_customer_is_left_out_with_a_reason_and_counted_in_again(paused: Mapping) -> None:
    contract_id = paused.contract_id
    assert contract_id is not None
    (found,) = left_out.of_contract(contract_id)
    assert (found.name, found.gone, found.left_out) == (SHIPPING, False, False)
    leave_out(paused, " Left in May. ")
    assert (paused.left_out_contract_id, paused.left_out_by, paused.left_out_reason) == (contract_id, BY, "Left in May.")
    assert last_audit() == ("left_out", f"customer:{paused.customer_id}")
    assert [one.left_out for one in left_out.of_contract(contract_id)] == [True]
    left_out.take_in(contract_id=contract_id, customer_id=paused.customer_id, by=BY)
    assert (paused.left_out_contract_id, paused.left_out_at, paused.left_out_reason) == (None, None, None)


@pytest.mark.parametrize("how", ["row", "bulk", "contract", "company"])
def test_the_decision_is_void_when_usage_sync_is_switched_on_or_the_mapping_moves(paused: Mapping, how: str) -> None:
    leave_out(paused)
    customer_id = paused.customer_id
    if how == "row":
        mappings.set_usage_sync(customer_id=customer_id, enabled=True, by=BY)
    elif how == "bulk":
        bulk_edits.apply(switch="usage_sync", enabled=True, customer_ids=[customer_id], by=BY)
    elif how == "contract":
        mappings.set_contract(customer_id=customer_id, contract_id=None, by=BY)
    else:
        mappings.set_company(customer_id=customer_id, name="", by=BY)
    assert (paused.left_out_contract_id, paused.left_out_by, paused.left_out_reason) == (None, None, None)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.before is not None
    assert entry.before["left_out_of"] is not None


def test_another_change_of_the_mapping_leaves_the_decision(paused: Mapping) -> None:
    leave_out(paused)
    mappings.set_ticket_sync(customer_id=paused.customer_id, enabled=True, by=BY)
    assert paused.left_out_contract_id == paused.contract_id


def test_a_customer_that_takes_part_cannot_be_left_out_unless_sophos_does_not_list_it(world: World) -> None:
    mapping = world.customer(BAKERY, units=12, usage=15).mapping
    with pytest.raises(Refused, match="not_left_out"):
        leave_out(mapping)
    db.session.get_one(Customer, mapping.customer_id).missing_refreshes = 1
    leave_out(mapping)
    assert mapping.contract_id is not None
    assert [(one.gone, one.left_out) for one in left_out.of_contract(mapping.contract_id)] == [(True, True)]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_leaving_out_needs_a_reason(paused: Mapping, reason: str) -> None:
    with pytest.raises(Refused, match="left_out_reason"):
        leave_out(paused, reason)


def test_a_customer_of_another_contract_is_refused(paused: Mapping) -> None:
    with pytest.raises(Refused, match="not_on_contract"):
        left_out.leave_out(contract_id=1, customer_id=paused.customer_id, reason="x", by=BY)
    with pytest.raises(Refused, match="not_on_contract"):
        left_out.take_in(contract_id=1, customer_id="unknown", by=BY)


# --- the contract's own billing way, and which line counts --------------------------------------------------------------------


def test_a_contract_gets_a_billing_way_of_its_own_and_loses_it_again(world: World) -> None:
    contract_id = world.contract(BAKERY).id
    assert contract_settings.own_billing(contract_id) is None
    assert contract_settings.set_billing(contract_id=contract_id, billing="arrears", by=BY)
    assert not contract_settings.set_billing(contract_id=contract_id, billing="arrears", by=BY)
    assert contract_settings.own_billing(contract_id) == "arrears"
    assert last_audit() == ("contract_setting", f"contract:{contract_id}")
    assert contract_settings.set_billing(contract_id=contract_id, billing=None, by=BY)
    row = db.session.get_one(ContractSetting, contract_id)
    assert (row.billing, row.changed_by) == (None, BY)


def test_an_unknown_billing_way_or_contract_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="choice_invalid"):
        contract_settings.set_billing(contract_id=world.contract(BAKERY).id, billing="hourly", by=BY)
    with pytest.raises(Refused, match="contract_id_unknown"):
        contract_settings.set_billing(contract_id=1, billing="daily", by=BY)


def test_where_a_service_stands_twice_a_person_chooses_the_line_and_the_rest_of_the_row_stays(world: World) -> None:
    customer = world.customer(BAKERY, units=12, usage=15)
    contract, service_id = customer.mapping.contract, world.service()
    assert contract is not None
    first = world.lines[BAKERY, PRODUCT]
    second = world.sandbox.state.add_contract_service(contract_id=contract.id, service_id=service_id, units=3)
    service = db.session.get_one(builders.Service, service_id)
    for line_id in (first, second):
        builders.add_contract_service(id=line_id, contract=contract, service=service)
    products.set_mapping(product_code=PRODUCT, customer_id=customer.id, included=1, by=BY)
    db.session.commit()
    world.sync()
    (choice,) = contract_decisions.of(contract.id).choices
    assert (choice.customer_name, choice.product_code, choice.lines, choice.chosen) == (BAKERY, PRODUCT, (first, second), None)
    products.choose_line(product_code=PRODUCT, customer_id=customer.id, contract_service_id=second, by=BY)
    db.session.commit()
    row = db.session.scalars(select(ProductMapping).where(ProductMapping.customer_id == customer.id)).one()
    assert (row.contract_service_id, row.included) == (second, 1)
    assert [one.chosen for one in contract_decisions.of(contract.id).choices] == [second]
    with pytest.raises(Refused, match="line_unknown"):
        products.choose_line(product_code=PRODUCT, customer_id=customer.id, contract_service_id=1, by=BY)


def test_the_questions_of_a_contract_are_counted(world: World, paused: Mapping) -> None:
    assert paused.contract_id is not None
    assert contract_decisions.of(paused.contract_id).open == 1
    leave_out(paused)
    assert contract_decisions.of(paused.contract_id).open == 0
    with pytest.raises(NotFound):
        contract_decisions.of(2**70)
