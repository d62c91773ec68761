"""The rules are changed by people: the built-in ones become their own, the order stays whole, and nothing wrong is kept."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import builders
from webapp.alerts import Action, Alert, Choice, TicketField
from webapp.context import now
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AuditEntry, TicketRule
from webapp.services import rule_edits, rule_list, rule_pages, ticket_picklists
from webapp.services.ticket_rules import DEFAULT_RULES, Rule, first_match

DANA = builders.OPERATOR
QUEUE, OLD_QUEUE = 29683354, 29683360


@pytest.fixture
def choices(context: Flask) -> None:
    """What an Autotask offers: an active and an inactive queue, and sub-issue types of two issue types."""
    queues = (Choice(QUEUE, "Security Operations"), Choice(OLD_QUEUE, "Migration", active=False))
    subs = (Choice(136, "Malware", parent=14), Choice(137, "Firewall", parent=11))
    ticket_picklists.store(
        [
            TicketField("queueID", choices=queues),
            TicketField("priority", choices=(Choice(1, "High"),)),
            TicketField("issueType", choices=(Choice(14, "Security"), Choice(11, "Network"))),
            TicketField("subIssueType", choices=subs),
        ]
    )
    db.session.commit()


def in_order(customer_id: str | None = None) -> list[tuple[int, tuple[str, ...], str]]:
    mine = [rule for rule in rule_list.all_rules() if rule.customer_id == customer_id]
    return [(rule.position, rule.severities, rule.action.value) for rule in sorted(mine, key=lambda rule: rule.position)]


def decides(severity: str, customer_id: str = "c") -> Rule | None:
    return first_match(rule_list.all_rules(), Alert(id="a", customer_id=customer_id, raised_at=now(), severity=severity))


def test_the_first_change_makes_the_built_in_rules_own_ones_and_once_only(context: Flask) -> None:
    before = in_order()
    key = rule_edits.change(key="built-in-3", rule=Rule(0, 0, severities=("low",), action=Action.ACKNOWLEDGE), by=DANA)
    db.session.commit()
    assert [row[:2] for row in in_order()] == [row[:2] for row in before]
    assert in_order()[2] == (3, ("low",), "acknowledge")
    rule_edits.ensure_own(by=DANA)
    assert db.session.query(TicketRule).count() == len(DEFAULT_RULES)
    assert rule_edits.find(key).action is Action.ACKNOWLEDGE
    with pytest.raises(Refused, match="rule_gone"):
        rule_edits.move(key="built-in-3", up=True, by=DANA)  # the page was open before somebody else changed the rules


def test_a_new_rule_goes_first_and_moves_one_place_at_a_time_as_far_as_there_are_places(context: Flask) -> None:
    key = rule_edits.add(rule=Rule(0, 0, products=("firewall",), action=Action.IGNORE), by=DANA)
    assert rule_edits.find(key).position == 1
    assert len(in_order()) == 5
    for expected in (2, 3, 4, 5, 5):
        rule_edits.move(key=key, up=False, by=DANA)
        assert rule_edits.find(key).position == expected
    for expected in (4, 3, 2, 1, 1):
        rule_edits.move(key=key, up=True, by=DANA)
        assert rule_edits.find(key).position == expected
    assert [row[0] for row in in_order()] == [1, 2, 3, 4, 5]


def test_rules_of_a_customer_go_first_and_leave_those_for_all_alone(context: Flask) -> None:
    bakery = builders.add_customer()
    key = rule_edits.add(rule=Rule(0, 0, customer_id=bakery.id, severities=("high",), action=Action.IGNORE), by=DANA)
    db.session.commit()
    assert rule_pages.page(None).built_in
    mine, theirs = decides("high", bakery.id), decides("high")
    assert mine is not None
    assert mine.action is Action.IGNORE
    assert theirs is not None
    assert theirs.action is Action.CREATE
    assert rule_pages.page(None).others == [(bakery.id, bakery.name, 1)]
    rule_edits.delete(key=key, by=DANA)
    assert rule_pages.page(bakery.id).rules == []
    with pytest.raises(NotFound):
        rule_edits.add(rule=Rule(0, 0, customer_id="nobody"), by=DANA)


def test_when_the_last_rule_is_deleted_the_built_in_ones_hold_again(context: Flask) -> None:
    rule_edits.ensure_own(by=DANA)
    for rule in rule_list.all_rules():
        rule_edits.delete(key=str(rule.id), by=DANA)
    assert rule_list.all_rules() == DEFAULT_RULES
    assert rule_pages.page(None).built_in


@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        (Rule(0, 0, queue=OLD_QUEUE), "rule_choice_unavailable", "queue"),
        (Rule(0, 0, queue=77), "rule_choice_unavailable", "queue"),
        (Rule(0, 0, source=2), "rule_choice_unavailable", "source"),  # this Autotask has no such field
        (Rule(0, 0, issue_type=14, sub_issue_type=137), "sub_issue_elsewhere", "sub_issue_type"),
        (Rule(0, 0, sub_issue_type=136), "sub_issue_elsewhere", "sub_issue_type"),
        (Rule(0, 0, type_pattern="a type of words"), "type_pattern_characters", "type_pattern"),
        (Rule(0, 0, severities=("enormous",)), "rule_value_unknown", "severities"),
        (Rule(0, 0, due_hours=0), "rule_figure", "due_hours"),
        (Rule(0, 0, delay_minutes=10081), "rule_figure", "delay_minutes"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(choices: None, rule: Rule, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        rule_edits.add(rule=rule, by=DANA)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert db.session.query(TicketRule).count() == 0


def test_a_rule_without_a_ticket_keeps_nothing_that_only_a_ticket_has(choices: None) -> None:
    key = rule_edits.add(rule=Rule(0, 0, queue=QUEUE, priority=1, due_hours=4, use_contract=True), by=DANA)
    assert rule_edits.find(key).queue == QUEUE
    rule_edits.change(key=key, rule=Rule(0, 0, action=Action.IGNORE, queue=OLD_QUEUE, due_hours=4), by=DANA)
    kept = rule_edits.find(key)
    assert (kept.action, kept.queue, kept.due_hours, kept.use_contract) == (Action.IGNORE, None, None, False)


def test_a_choice_that_was_deactivated_is_shown_at_its_rule(choices: None) -> None:
    rule_edits.add(rule=Rule(0, 0, queue=QUEUE), by=DANA)
    ticket_picklists.store([TicketField("queueID", choices=(Choice(QUEUE, "Security Operations", active=False),))])
    shown = rule_pages.page(None).rules
    assert shown[0].gone == ["queue"]
    assert shown[1].after_all == 1  # nothing reaches the rules after one that fits every alert


def test_every_change_is_in_the_audit_log_with_before_and_after(choices: None) -> None:
    key = rule_edits.add(rule=Rule(0, 0, severities=("high",)), by=DANA)
    rule_edits.change(key=key, rule=Rule(0, 0, severities=("high",), queue=QUEUE), by=DANA)
    rule_edits.change(key=key, rule=Rule(0, 0, severities=("high",), queue=QUEUE), by=DANA)  # nothing is different
    rule_edits.move(key=key, up=False, by=DANA)
    rule_edits.delete(key=key, by=DANA)
    db.session.commit()
    entries = db.session.query(AuditEntry).order_by(AuditEntry.id).all()
    expected = ["ticket_rules_own", *(f"ticket_rule_{what}" for what in ("added", "changed", "moved", "deleted"))]
    assert [entry.action for entry in entries] == expected
    changed, moved = entries[2], entries[3]
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["queue"], changed.after["queue"]) == (None, QUEUE)
    assert (moved.before, moved.after) == ({"position": 1}, {"position": 2})
    assert {entry.actor for entry in entries} == {DANA}


def test_a_key_that_no_rule_has_is_not_found(context: Flask) -> None:
    for key in ("", "built-in-9", "999", "99999999999999999999", "-1", "x"):
        with pytest.raises(NotFound):
            rule_edits.find(key)
        with pytest.raises(Refused, match="rule_gone"):
            rule_edits.delete(key=key, by=DANA)
