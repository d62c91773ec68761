"""The arithmetic of the billing check: where each usage figure goes, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain import LineState, ProductRule, Quantity, Reason
from webapp.services.billing_rows import Named, Row, Standing, in_order, plain, row_of, total, totals, view
from webapp.services.billing_sums import CheckedLine, UsageFigure, check_rows, want_of
from webapp.services.plan_facts import Facts, Member, Used
from webapp.services.plan_facts import Line as PlanLine
from webapp.services.usage_wants import assign, wants

BAKERY, SHIPPING = Named("c1", "Bäckerei Wöhrle KG"), Named("c2", "Carlsen Reederei")
PRODUCT, OTHER = Named("CIXA-MSP", "Intercept X Advanced"), Named("CEMA-MSP", "Email Advanced")
RULE = ProductRule("CIXA-MSP", 201)
NEXT = Reason("check_posted_next")
LINE = CheckedLine(
    101,
    1,
    "Managed Security",
    201,
    "Intercept X",
    customers=(BAKERY,),
    units=15,
    price=Decimal("3.50"),
    target=15,
    state=LineState.IN_STEP,
)


def used(billable: int | None, **more: object) -> UsageFigure:
    figure = UsageFigure(BAKERY, PRODUCT, 20, 14, billable, 1, "Managed Security", rule=RULE)
    return replace(figure, **more)  # type: ignore[arg-type]


def rows(*usage: UsageFigure, lines: tuple[CheckedLine, ...] = (LINE,), over: bool = False, **more: object) -> list[Row]:
    return check_rows(usage, lines, over=over, waiting=NEXT, **more)  # type: ignore[arg-type]


def one(*usage: UsageFigure, **line: object) -> Row:
    (found,) = rows(*usage, lines=(replace(LINE, **line),))  # type: ignore[arg-type]
    return found


def test_a_line_whose_units_are_the_target_is_billed() -> None:
    row = one(used(15), confirmed=15)
    assert (row.standing, row.difference, row.amount, row.confirmed) == (Standing.BILLED, 0, Decimal(0), 15)
    assert (row.ordered, row.actual, row.billable, row.target, row.units) == (20, 14, 15, 15, 15)


def test_a_difference_is_counted_in_units_and_in_money() -> None:
    row = one(used(18), state=LineState.HELD, target=18, code="hold_mode")
    assert (row.standing, row.difference, row.amount, row.code) == (Standing.HELD, 3, Decimal("10.50"), "hold_mode")


def test_without_a_price_the_money_is_unknown_and_not_zero() -> None:
    row = one(used(18), state=LineState.HELD, target=18, price=None)
    assert (row.difference, row.amount) == (3, None)
    assert total([row]).unpriced == 1


def test_rows_whose_units_are_not_known_are_counted_since_they_have_no_difference() -> None:
    row = one(used(18), state=LineState.BLOCKED, target=18, units=None, code="contract_ended")
    assert (row.difference, total([row]).unknown, total([row]).difference) == (None, 1, 0)


@pytest.mark.parametrize(
    ("state", "target", "standing"),
    [
        (LineState.PLANNED, 18, Standing.WAITING),
        (LineState.DEFERRED, 18, Standing.WAITING),
        (LineState.POSTING, 18, Standing.WAITING),
        (LineState.HELD, 18, Standing.HELD),
        (LineState.DISMISSED, 18, Standing.DISMISSED),
        (LineState.BLOCKED, None, Standing.FAILED),
        (LineState.UNKNOWN, 18, Standing.FAILED),
        (LineState.REJECTED, 18, Standing.FAILED),
        (LineState.IN_STEP, 15, Standing.NOT_READ),
        (LineState.PLANNED, 17, Standing.NOT_READ),
        (LineState.IN_STEP, 18, Standing.WAITING),
        (None, None, Standing.NOT_READ),
    ],
)
def test_an_open_line_stands_as_its_last_run_left_it(state: LineState | None, target: int | None, standing: Standing) -> None:
    assert one(used(18), state=state, target=target, code="conflict").standing is standing


def test_a_planned_change_says_why_and_until_when_it_waits() -> None:
    row = one(used(18), state=LineState.PLANNED, target=18, until=date(2026, 11, 30))
    assert (row.code, row.params, row.until) == ("check_waits_until", {"date": "2026-11-30"}, date(2026, 11, 30))
    assert one(used(18), state=LineState.PLANNED, target=18).code == "check_posted_next"


def test_what_kontor_confirmed_for_a_later_day_is_no_difference() -> None:
    row = one(used(12), state=LineState.CONFIRMED, target=12, later=12, later_from=date(2026, 12, 1))
    assert (row.standing, row.units, row.difference, row.code) == (Standing.BILLED, 15, 0, "check_from_then")


def test_a_period_that_autotask_has_posted_already_is_not_called_waiting() -> None:
    row = one(used(18), state=LineState.PLANNED, target=18, code="period_posted")
    assert (row.standing, row.code) == (Standing.FAILED, "period_posted")


def test_what_fell_during_the_month_is_decided_at_the_close() -> None:
    row = one(used(12), state=LineState.LOWER_SO_FAR, target=12)
    assert (row.standing, row.difference, row.amount) == (Standing.LOWER, -3, Decimal("-10.50"))


def test_a_failed_line_is_not_called_billed_although_its_figures_agree() -> None:
    assert one(used(15), state=LineState.BLOCKED, code="contract_incomplete").standing is Standing.FAILED


def test_units_that_could_not_be_read_are_no_zero() -> None:
    row = one(used(15), units=None)
    assert (row.standing, row.units, row.difference, row.amount) == (Standing.NOT_READ, None, None, None)


def test_units_without_usage_are_a_difference() -> None:
    row = one(code="line_without_usage", target=None)
    assert (row.standing, row.difference, row.amount, row.code) == (
        Standing.WITHOUT_USAGE,
        -15,
        Decimal("-52.50"),
        "line_without_usage",
    )


def test_a_figure_that_cannot_be_read_stops_the_line_and_is_counted_apart() -> None:
    row = one(used(None), used(4, customer=SHIPPING))
    assert (row.standing, row.code, row.billable, row.unreadable, row.target) == (Standing.FAILED, "quantity_invalid", 4, 1, None)


def test_included_licences_are_named_and_pack_and_minimum_hold_for_the_line() -> None:
    rule = replace(RULE, included=2, minimum=10, pack_size=5)
    row = one(used(8, rule=rule), used(7, customer=SHIPPING, rule=rule), target=15)
    assert (row.billable, row.included, row.target, row.standing) == (15, 4, 15, Standing.BILLED)
    assert [each.name for each in row.customers] == [BAKERY.name, SHIPPING.name]
    assert one(used(3, rule=rule), units=10, target=10).standing is Standing.BILLED


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"obstacle": Reason("unbilled_unmapped"), "contract_id": None}, "unbilled_unmapped"),
        ({"obstacle": Reason("unbilled_no_customer"), "contract_id": None, "rule": None}, "unbilled_no_customer"),
        ({"rule": None}, "product_without_service"),
        ({"rule": ProductRule("CIXA-MSP", None)}, "product_without_service"),
        ({"rule": ProductRule("CIXA-MSP", 999), "service": "Email"}, "unbilled_no_line"),
    ],
)
def test_usage_that_no_line_takes_is_unbilled_with_its_reason(more: dict[str, object], code: str) -> None:
    found = rows(used(9, **more))
    (row,) = [row for row in found if row.line_id is None]
    assert (row.standing, row.code, row.target, row.units, row.difference, row.amount) == (
        Standing.UNBILLED,
        code,
        9,
        None,
        9,
        None,
    )


def test_a_line_that_waits_to_be_added_is_said_so() -> None:
    found = rows(used(9, rule=ProductRule("CIXA-MSP", 999)), lines=(), new_lines=frozenset({(1, 999)}))
    assert [row.code for row in found] == ["unbilled_no_line_held"]


def test_excluded_usage_is_named_and_nothing_used_is_no_difference() -> None:
    found = rows(used(9, rule=replace(RULE, exclude=True)), used(0, rule=None, product=OTHER), lines=())
    assert [(row.standing, row.billable, row.difference) for row in found] == [
        (Standing.EXCLUDED, 9, 0),
        (Standing.NOTHING, 0, 0),
    ]


def test_a_service_that_stands_twice_needs_the_choice_of_the_rule() -> None:
    twin = replace(LINE, id=102)
    assert {row.code for row in rows(used(15), lines=(LINE, twin))} >= {"service_ambiguous"}
    chosen = rows(used(15, rule=replace(RULE, contract_service_id=102)), lines=(LINE, twin))
    assert {row.line_id: row.billable for row in chosen} == {101: None, 102: 15}


def test_a_month_that_is_over_keeps_the_line_of_then_although_the_mapping_has_moved_on() -> None:
    fed = replace(LINE, usage_keys=frozenset({("c1", "CIXA-MSP")}))
    moved = used(15, contract_id=2, contract="Managed Security 2027")
    assert [row.standing for row in rows(moved, lines=(fed,), over=True)] == [Standing.BILLED]
    assert {row.standing for row in rows(moved, lines=(fed,))} == {Standing.UNBILLED, Standing.WITHOUT_USAGE}


def test_differences_come_first_by_their_money_then_those_without_a_price() -> None:
    small = one(used(16), state=LineState.HELD, target=16)
    large = one(used(5), state=LineState.LOWER_SO_FAR, target=5)
    unpriced = one(used(90), state=LineState.HELD, target=90, price=None)
    billed = one(used(15))
    assert in_order([billed, small, unpriced, large]) == [large, small, unpriced, billed]


def test_the_totals_add_up_each_standing_and_count_what_has_no_price() -> None:
    found = totals([one(used(15)), one(used(18), state=LineState.HELD, target=18), *rows(used(9, rule=None), lines=())])
    assert list(found) == ["usage", "unbilled", "held", "billed"]
    everything = found["usage"]
    assert (everything.rows, everything.billable, everything.target, everything.units) == (3, 42, 42, 30)
    assert (everything.difference, everything.amount, everything.unpriced) == (12, Decimal("10.50"), 1)
    assert (everything.worth, everything.billed) == (Decimal("115.50"), Decimal("105.00"))


def test_a_row_is_found_by_words_of_its_names_and_ids() -> None:
    found = rows(used(15))
    assert view(found, words="wöhrle intercept") == found
    assert view(found, words="cixa") == found
    assert view(found, words="carlsen") == []
    assert view(found, name="differences") == []


# --- properties -----------------------------------------------------------------------------------------------------------

figures = st.one_of(st.integers(0, 60), st.none(), st.sampled_from([-1, 1_000_001]))
PRODUCTS = (PRODUCT, OTHER, Named("MDR-MSP", "MDR"))
CUSTOMERS = (BAKERY, SHIPPING, Named("", "nobody"))


@st.composite
def months(draw: st.DrawFn) -> tuple[list[UsageFigure], list[CheckedLine], bool]:
    """A month with usage, rules, obstacles and lines of all kinds."""
    keys = draw(st.lists(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(PRODUCTS)), unique=True, max_size=9))
    usage = []
    for customer, product in keys:
        rule = draw(
            st.one_of(
                st.none(),
                st.builds(
                    ProductRule,
                    product_code=st.just(product.id),
                    service_id=st.sampled_from((None, 201, 202)),
                    quantity=st.sampled_from(list(Quantity)),
                    included=st.integers(0, 5),
                    minimum=st.integers(0, 12),
                    pack_size=st.integers(1, 5),
                    exclude=st.booleans(),
                    contract_service_id=st.sampled_from((None, 101, 102)),
                ),
            )
        )
        obstacle = draw(st.sampled_from((None, None, Reason("unbilled_unmapped"))))
        contract = None if obstacle else draw(st.sampled_from((1, 2)))
        usage.append(
            UsageFigure(customer, product, draw(figures), draw(figures), draw(figures), contract, rule=rule, obstacle=obstacle)
        )
    pairs = [(customer.id, product.id) for customer, product in keys]
    lines = [
        CheckedLine(
            101 + number,
            draw(st.sampled_from((1, 2))),
            "",
            draw(st.sampled_from((201, 202))),
            "",
            usage_keys=frozenset(draw(st.sets(st.sampled_from(pairs)))) if pairs else frozenset(),
            units=draw(st.one_of(st.none(), st.integers(0, 60))),
            price=draw(st.sampled_from((None, Decimal("3.5"), Decimal("0.1")))),
            target=draw(st.one_of(st.none(), st.integers(0, 60))),
            state=draw(st.sampled_from((None, *LineState))),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return usage, lines, draw(st.booleans())


@given(months())
@settings(deadline=None, max_examples=200)
def test_every_usage_figure_is_in_exactly_one_row(month: tuple[list[UsageFigure], list[CheckedLine], bool]) -> None:
    usage, lines, over = month
    found = rows(*usage, lines=tuple(lines), over=over)
    for name in ("ordered", "actual", "billable"):
        assert sum(getattr(row, name) or 0 for row in found) == sum(getattr(figure, name) or 0 for figure in usage)
    assert sum(row.unreadable for row in found) == sum(figure.billable is None for figure in usage)
    assert totals(found)["usage"].billable == sum(figure.billable or 0 for figure in usage)
    pairs = [(c.id, p.id) for row in found for c in row.customers for p in row.products if row.line_id is None]
    assert len(pairs) == len(set(pairs))


@given(months())
@settings(deadline=None, max_examples=200)
def test_what_is_called_billed_has_the_units_that_its_usage_asks_for(
    month: tuple[list[UsageFigure], list[CheckedLine], bool],
) -> None:
    usage, lines, over = month
    for row in rows(*usage, lines=tuple(lines), over=over):
        if row.standing is Standing.BILLED:
            assert row.units is not None
            assert row.difference == 0
        if row.price is None:
            assert row.amount is None
        assert (row.amount is None) == (row.difference is None or row.price is None)


@given(months())
@settings(deadline=None, max_examples=100)
def test_a_row_is_the_same_after_it_was_kept_as_plain_json(month: tuple[list[UsageFigure], list[CheckedLine], bool]) -> None:
    usage, lines, over = month
    found = in_order(rows(*usage, lines=tuple(lines), over=over))
    again = [row_of(plain(row)) for row in found]
    assert again == found
    assert totals(again) == totals(found)


@given(months())
@settings(deadline=None, max_examples=100)
def test_the_plan_asks_for_the_same_units(month: tuple[list[UsageFigure], list[CheckedLine], bool]) -> None:
    usage, lines, _ = month
    mine = [figure for figure in usage if figure.contract_id == 1 and figure.rule]
    facts = Facts(
        contract_id=1,
        contract_name="",
        contract=None,
        members=(Member("c1", ""), Member("c2", "")),
        lines=tuple(PlanLine(line.id, line.service_id, "") for line in lines if line.contract_id == 1),
        usage=tuple(Used(each.customer.id, each.product.id, each.billable, each.actual, each.ordered) for each in mine),
        rules={(each.product.id, each.customer.id): each.rule for each in mine if each.rule},
        mapped_services=frozenset({201, 202}),
    )
    taken, _left = assign(facts, wants(facts))
    by_line = {row.line_id: row for row in rows(*usage, lines=tuple(lines)) if row.line_id is not None}
    for line_id, want in taken.items():
        assert by_line[line_id].target == want.target


def test_a_want_without_figures_is_never_made_up() -> None:
    assert want_of([used(0)]).target == 0
