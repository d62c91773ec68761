"""Which rule decides about an alert."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alert_values import alert
from webapp.alerts import Action
from webapp.codes import CATALOGUE
from webapp.services.ticket_rules import DEFAULT_RULES, Rule, first_match, fits, pattern_problem, type_fits

GATEWAY = "Event::Firewall::FirewallGatewayDown"

severities = st.sampled_from(["high", "medium", "low", "HIGH"])
rules = st.builds(
    Rule,
    id=st.integers(1, 1000),
    position=st.integers(1, 5),
    customer_id=st.sampled_from([None, "c-1", "c-2"]),
    severities=st.lists(severities, max_size=2).map(tuple),
    products=st.lists(st.sampled_from(["firewall", "endpoint"]), max_size=2).map(tuple),
    type_pattern=st.sampled_from(["", "*", "*Gateway*", "SavDisabled", "FirewallGatewayDown, SavDisabled"]),
)
lists = st.lists(rules, max_size=8, unique_by=lambda rule: rule.id)


@pytest.mark.parametrize(
    ("severity", "action"),
    [("high", Action.CREATE), ("Medium", Action.CREATE), ("low", Action.IGNORE), ("", Action.CREATE), ("urgent", Action.CREATE)],
)
def test_out_of_the_box_high_medium_and_unheard_of_severities_become_tickets(severity: str, action: Action) -> None:
    rule = first_match(DEFAULT_RULES, alert(severity=severity))
    assert rule is not None
    assert rule.action is action


def test_a_customers_own_rule_goes_before_an_earlier_rule_for_all() -> None:
    for_all = Rule(1, 1)
    own = Rule(2, 9, customer_id="c-1", action=Action.IGNORE)
    assert first_match([for_all, own], alert()) == own
    assert first_match([for_all, own], alert(customer_id="c-2")) == for_all


def test_each_condition_has_to_hold_and_case_does_not_count() -> None:
    rule = Rule(1, 1, severities=("High",), categories=("CONNECTIVITY",), products=("Firewall",), type_pattern="*gateway*")
    assert fits(rule, alert())
    for change in ({"severity": "low"}, {"category": "pua"}, {"product": "endpoint"}, {"type": "Event::Endpoint::SavDisabled"}):
        assert not fits(rule, alert(**change))


@pytest.mark.parametrize(
    "pattern", ["", "*", GATEWAY.lower(), "firewallgatewaydown", "*Gateway????", "FirewallGateway*", " SavDisabled , *Down"]
)
def test_a_pattern_fits_the_whole_type_or_its_last_part(pattern: str) -> None:
    assert type_fits(pattern, GATEWAY)


@pytest.mark.parametrize("pattern", ["Gateway", "Firewall", "Event::Firewall", "[F]irewallGatewayDown", "SavDisabled", " , "])
def test_a_pattern_without_wildcard_does_not_fit_a_piece_of_a_type(pattern: str) -> None:
    assert not type_fits(pattern, GATEWAY)


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", None),
        ("Event::Firewall::*, Sav?isabled", None),
        ("a" * 501, "type_pattern_long"),
        ("Gateway Down", "type_pattern_characters"),
        ("[abc]", "type_pattern_characters"),
        (" , ", "type_pattern_empty"),
    ],
)
def test_a_pattern_that_no_type_can_fit_is_refused(pattern: str, code: str | None) -> None:
    assert pattern_problem(pattern) == code
    assert code is None or code in CATALOGUE


@given(lists, severities, st.randoms())
def test_the_order_of_the_list_and_rules_that_do_not_fit_change_nothing(given_rules: list[Rule], severity: str, chance) -> None:  # type: ignore[no-untyped-def]
    seen = alert(severity=severity)
    found = first_match(given_rules, seen)
    chance.shuffle(given_rules)
    assert first_match(given_rules, seen) == found
    fitting = [rule for rule in given_rules if fits(rule, seen) and rule.customer_id in (None, "c-1")]
    assert first_match(fitting, seen) == found
    assert (found is None) == (not fitting)


@given(lists)
def test_nothing_that_fits_stands_before_the_rule_that_decides(given_rules: list[Rule]) -> None:
    found = first_match(given_rules, alert())
    if found is None:
        return
    for other in given_rules:
        if other.customer_id == found.customer_id and other.position < found.position:
            assert not fits(other, alert())
        assert found.customer_id == "c-1" or other.customer_id != "c-1" or not fits(other, alert())
    assert first_match([replace(found, action=Action.IGNORE)], alert()) == replace(found, action=Action.IGNORE)
