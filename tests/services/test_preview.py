"""The preview of a run: what would be posted, what waits, and by name what is not billed."""

from __future__ import annotations

from datetime import date

import pytest

from tests import builders
from tests.world import PRODUCT, World
from webapp.domain import RunKind
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Mapping, Run
from webapp.services import preferences, preview, requests, waiting
from webapp.services.preview import Preview
from webapp.services.preview_gaps import Named
from webapp.services.preview_lines import Share

BAKERY, SHIPPING, DENTIST = builders.BAKERY, builders.SHIPPING, builders.DENTIST


def previewed(world: World, *names: str) -> Preview:
    found = preview.on_page_of(world.sync(*names, dry_run=True).id)
    assert found is not None
    return found


def set_to(**values: str) -> None:
    for name, value in values.items():
        preferences.put(name=name, value=value, by="test")
    db.session.commit()


def test_a_dry_run_shows_the_line_to_expect_and_posts_nothing(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, price=5.0)
    found = previewed(world)
    (line,) = found.post
    assert (line.customers, line.before, line.target, line.delta) == ((BAKERY,), 12, 15, 3)
    assert (line.effective_date, line.share) == (date(2026, 11, 23), Share(8, 30))
    assert line.amount == 4.0
    assert (found.totals.prorated, found.totals.more, found.is_plan, found.can_sync) == (1, 3, True, True)
    assert world.posted() == []


def test_what_the_preview_shows_is_what_the_sync_posts(world: World) -> None:
    for number, name in enumerate((BAKERY, SHIPPING, DENTIST)):
        world.customer(name, units=10, usage=10 + number, price=5.0)
    shown = [(line.customers, line.delta, line.effective_date) for line in previewed(world).post]
    run = world.sync()
    assert shown == [(tuple(line.customer_names), line.delta, line.effective_date) for line in run.lines if line.change_id]
    assert [delta for _line, delta in world.posted()] == [delta for _names, delta, _day in shown]


def test_an_approved_run_that_posted_everything_has_no_preview(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    assert preview.on_page_of(world.sync().id) is None


def test_in_observe_the_plan_is_the_preview_and_a_sync_is_not_offered(world: World) -> None:
    set_to(mode="observe")
    world.customer(BAKERY, units=12, usage=15)
    found = preview.on_page_of(world.sync().id)
    assert found is not None
    assert (len(found.post), found.posts_now, found.can_sync) == (1, False, False)


def test_monthly_lines_wait_for_the_billing_day_and_then_bill_in_full(world: World) -> None:
    set_to(billing="monthly")
    world.customer(BAKERY, units=12, usage=15, price=5.0)
    found = previewed(world)
    (line,) = found.waiting
    assert (found.post, line.waits_until, line.effective_date) == ((), date(2026, 11, 30), date(2026, 12, 1))
    assert (line.share, line.amount) == (Share(31, 31), 15.0)
    set_to(billing_day="20")
    assert [(each.effective_date, each.share) for each in previewed(world).post] == [(date(2026, 12, 1), Share(31, 31))]


def test_held_lines_stand_apart_with_their_reason(world: World) -> None:
    world.customer(BAKERY, units=10, usage=40)
    found = previewed(world)
    assert found.post == ()
    assert [line.reason.key for line in found.held if line.reason] == ["hold_increase"]


def test_blocked_lines_are_counted_by_cause_and_name(world: World) -> None:
    contract = world.contract(BAKERY)
    world.customer(BAKERY, units=5, usage=8, contract=contract)
    world.customer(SHIPPING, units=None, usage=4, contract=contract, usage_sync=False)
    found = previewed(world)
    assert [(each.lines, each.reason.key) for each in found.blocked] == [(1, "contract_incomplete")]
    assert found.blocked_lines == 1
    assert found.gaps.sync_off == Named(1, (SHIPPING,))


def test_customers_without_contract_products_without_service_and_strangers_are_named(world: World) -> None:
    world.customer(BAKERY, units=12, usage=12)
    customer = world.customer(SHIPPING, units=1, usage=4)
    db.session.get_one(Mapping, customer.id).contract_id = None
    db.session.commit()
    world.use(BAKERY, 7, product="NDR-MSP")
    world.sandbox.state.set_usage(customer_id="8d0f7f3e-0000-4000-8000-000000000001", product_code=PRODUCT, billable=2)
    gaps = previewed(world).gaps
    assert gaps.unmapped == Named(1, (SHIPPING,))
    assert gaps.products.count == 1
    assert "NDR-MSP" in gaps.products.names[0]
    assert gaps.unknown.count == 1
    assert bool(gaps)


def test_what_uses_nothing_is_no_gap(world: World) -> None:
    world.customer(BAKERY, units=12, usage=12)
    customer = world.customer(SHIPPING, units=1, usage=0)
    db.session.get_one(Mapping, customer.id).contract_id = None
    db.session.commit()
    assert not previewed(world).gaps


def test_a_preview_of_chosen_customers_speaks_of_them_alone(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    customer = world.customer(SHIPPING, units=1, usage=4)
    db.session.get_one(Mapping, customer.id).contract_id = None
    db.session.commit()
    found = previewed(world, BAKERY)
    assert len(found.post) == 1
    assert not found.gaps


def test_only_the_first_ten_names_are_shown() -> None:
    found = Named.of(f"Customer {number:02d}" for number in range(12))
    assert (found.count, len(found.names), found.more) == (12, 10, 2)


def test_a_preview_is_asked_for_once_and_never_mistaken_for_a_sync(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)

    def ask(*, dry_run: bool) -> Run:
        return requests.request_run(
            kind=RunKind.USAGE, trigger="web", by="user:dana", customer_ids=[world.ids[BAKERY]], dry_run=dry_run
        )

    dry = ask(dry_run=True)
    assert dry.dry_run
    assert ask(dry_run=True).id == dry.id
    assert ask(dry_run=False).id != dry.id
    assert requests.request_like(dry.id, by="user:dana").scope == [world.ids[BAKERY]]


@pytest.mark.usefixtures("world")
def test_a_run_that_does_not_exist_has_none() -> None:
    with pytest.raises(NotFound):
        preview.on_page_of(999)


def test_the_overview_counts_what_waits_for_the_day_and_for_a_person(world: World) -> None:
    set_to(billing="monthly")
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=12, usage=10)
    world.sync()
    found = waiting.waiting()
    assert (found.billing_day, found.days, found.lower) == (date(2026, 11, 30), ((date(2026, 11, 30), 1),), 1)
    assert (found.close_from, found.close_until, found.closing_now) == (date(2026, 12, 2), date(2026, 12, 7), False)
    set_to(billing="daily")
    world.use(BAKERY, 90)
    world.sync()
    assert (waiting.waiting().held, waiting.waiting().billing_day) == (1, None)
