"""The page of the rules: seen by everybody, changed by administrators, tried on the alerts that are open."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from tests import builders
from tests.web.conftest import Pages
from webapp.alerts import Action, AlertState, Choice, TicketField
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, Connection, Run, TicketRule
from webapp.services import rule_edits, rule_list, ticket_picklists
from webapp.services.ticket_rules import Rule

PAGE = "/psa/ticket-rules"
QUEUE, OLD_QUEUE = 29683354, 29683360
FIELDS = (
    TicketField("queueID", choices=(Choice(QUEUE, "Security Operations"), Choice(OLD_QUEUE, "Migration", active=False))),
    TicketField("priority", choices=(Choice(1, "High"), Choice(2, "Medium"))),
    TicketField("issueType", choices=(Choice(14, "Security"), Choice(11, "Network"))),
    TicketField("subIssueType", choices=(Choice(136, "Malware", parent=14), Choice(137, "Firewall down", parent=11))),
)


@pytest.fixture
def choices(app: Flask) -> None:
    with app.app_context():
        ticket_picklists.store(FIELDS)
        db.session.commit()


@pytest.fixture
def bakery(app: Flask, choices: None) -> str:
    """A connected Kontor with a customer that has a company, three open alerts and one that is over."""
    with app.app_context():
        for system in ("sophos", "autotask"):
            moment = {"connected_at": now(), "checked_at": now()}
            db.session.add(Connection(system=system, credentials="x", facts={}, connected_by="user:Ada", **moment))
        customer = builders.add_customer(company=builders.add_company(), ticket_sync=True)
        add_alert("a-high", customer.id, severity="high", description="<b>Malware</b> not cleaned up")
        add_alert("a-low", customer.id, severity="low", description="Update needed", state=AlertState.IGNORED)
        add_alert("a-up", customer.id, type="Event::Firewall::FirewallGatewayUp", description="Gateway is up")
        add_alert("a-over", customer.id, severity="high", description="Long over", gone_at=now())
        db.session.commit()
        return customer.id


def add_alert(id: str, customer_id: str, *, severity: str = "", state: str = "planned", **more: object) -> None:
    moments = dict.fromkeys(("raised_at", "first_seen_at", "last_seen_at"), now())
    db.session.add(AlertRow(id=id, customer_id=customer_id, severity=severity, state=state, trouble=id, **moments, **more))


def rules(page: str) -> list[str]:
    """The rules of a page in words, in their order."""
    listed = page[page.index('id="rules"') : page.index('id="trial-h"')]
    found = re.findall(r'<th role="rowheader" scope="row">(.*?)</th>', listed, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", each)).split()) for each in found]


def kept(app: Flask) -> list[tuple[tuple[str, ...], str]]:
    with app.app_context():
        return [(rule.severities, rule.action.value) for rule in rule_list.all_rules()]


def test_the_built_in_rules_are_shown_in_words_in_both_languages(viewer: Pages) -> None:
    page = viewer.get(f"{PAGE}?lang=en")
    assert rules(page)[0] == "High → Ticket as in the settings"
    assert rules(page)[2] == "Low → No ticket"
    assert "Autotask’s choices were not read yet." in page
    assert "Read them now" not in page  # whoever may only look cannot ask for it
    assert rules(viewer.get(f"{PAGE}?lang=de"))[2] == "Niedrig → Kein Ticket"


def test_an_administrator_adds_a_rule_and_moves_it_down_as_a_partial_and_as_a_plain_form(
    app: Flask, admin: Pages, choices: None
) -> None:
    entered = {"severities": ["high", "medium"], "products": ["endpoint"], "action": "create", "contract": "autotask"}
    entered |= {"queue": str(QUEUE), "priority": "1", "due_hours": "4", "delay_minutes": "10"}
    admin.post(f"{PAGE}/new", entered)
    words = "High or Medium, Endpoint → Ticket in Security Operations, priority High, due in 4 hours, after 10 minutes"
    assert rules(admin.get(PAGE))[0] == words
    with app.app_context():
        key = str(rule_list.all_rules()[0].id)
    answer = admin.post(f"{PAGE}/rule/{key}/move", {"to": "down"}, status=200, htmx=True)
    assert rules(answer.get_data(as_text=True))[1] == words
    assert "It is rule 2 now." in answer.headers["HX-Trigger"]
    admin.post(f"{PAGE}/rule/{key}/move", {"to": "down"})
    assert rules(admin.get(PAGE))[2] == words


def test_wrong_entries_are_refused_at_their_fields_and_what_was_entered_stays(app: Flask, admin: Pages, choices: None) -> None:
    entered = {
        "action": "create",
        "contract": "customer",
        "queue": str(OLD_QUEUE),
        "type_pattern": "two words",
        "due_hours": "9999",
    }
    entered |= {"issue_type": "14", "sub_issue_type": "137", "due_hours": "9999"}
    page = admin.post(f"{PAGE}/new", entered, status=422).get_data(as_text=True)
    for field in ("queue", "type_pattern", "due_hours", "sub_issue_type"):
        assert f'id="{field}-error"' in page, field
    assert "Migration (no longer active)" in page
    assert 'value="two words"' in page
    assert 'id="contract-customer" value="customer" checked' in page
    admin.post(f"{PAGE}/new", {"action": "explode", "delay_minutes": "soon", "priority": "<b>"}, status=422)
    with app.app_context():
        assert db.session.query(TicketRule).count() == 0


def test_a_rule_whose_choice_was_deactivated_is_marked_and_must_get_another(app: Flask, admin: Pages, choices: None) -> None:
    with app.app_context():
        key = rule_edits.add(rule=Rule(0, 0, queue=QUEUE), by="user:Ada")
        ticket_picklists.store([TicketField("queueID", choices=(Choice(QUEUE, "Security Operations", active=False),))])
        db.session.commit()
    assert "Queue: no longer active in Autotask." in admin.get(PAGE)
    page = admin.get(f"{PAGE}/rule/{key}")
    assert "No longer active: choose another." in page
    assert "Security Operations (no longer active)" in page
    admin.post(f"{PAGE}/rule/{key}", {"action": "create", "contract": "autotask", "queue": str(QUEUE)}, status=422)
    admin.post(f"{PAGE}/rule/{key}", {"action": "create", "contract": "autotask", "queue": ""})
    assert "no longer active" not in admin.get(PAGE)


def test_sub_issue_types_are_those_of_the_chosen_issue_type_and_all_without_a_script(admin: Pages, choices: None) -> None:
    page = admin.get(f"{PAGE}/new")
    assert "Security: Malware" in page
    assert "Network: Firewall down" in page
    part = admin.get(f"{PAGE}/sub-issue-suggestions?issue_type=14&sub_issue_type=137", htmx=True)
    assert "Malware" in part
    assert "Firewall down" not in part


def test_the_rules_are_tried_on_the_alerts_that_are_open_without_doing_anything(viewer: Pages, bakery: str) -> None:
    page = viewer.get(PAGE)
    tried = page[page.index('id="trial-h"') :]
    assert "Malware not cleaned up" in tried
    assert "Long over" not in tried
    assert "It says that a trouble is over, and closes its ticket" in tried
    assert "Planned: no ticket could be made yet" in tried
    assert tried.index("Update needed") < tried.index("No ticket") < len(tried)
    assert "Malware not cleaned up" in viewer.get(f"{PAGE}?customer={bakery}")
    viewer.get(f"{PAGE}?customer=nobody", status=404)


def test_a_customer_has_rules_of_its_own_that_go_first(app: Flask, admin: Pages, bakery: str) -> None:
    assert f"{PAGE}?customer={bakery}" in admin.get(f"/psa/autotask/customers/{bakery}")
    assert "No rules of its own" in admin.get(f"{PAGE}?customer={bakery}")
    answer = admin.post(f"{PAGE}/new", {"customer": bakery, "severities": ["high"], "action": "ignore", "contract": "autotask"})
    assert answer.location == f"{PAGE}?customer={bakery}"
    page = admin.get(f"{PAGE}?customer={bakery}")
    assert rules(page) == ["High → No ticket"]
    assert "Rule of this customer" in page
    assert "Customers with rules of their own" in admin.get(PAGE)
    admin.post(f"{PAGE}/new", {"customer": "nobody", "action": "ignore", "contract": "autotask"}, status=404)


def test_before_a_rule_is_deleted_the_page_says_what_then_applies(app: Flask, admin: Pages, bakery: str) -> None:
    page = admin.get(f"{PAGE}/rule/built-in-1/delete")
    assert "1 alert that is open now would be decided otherwise" in page
    assert "Malware not cleaned up" in page
    assert "Every alert" in page
    admin.post(f"{PAGE}/rule/built-in-1/delete")
    assert kept(app) == [(("medium",), "create"), (("low",), "ignore"), ((), "create")]
    admin.get(f"{PAGE}/rule/built-in-1/delete", status=404)
    with app.app_context():
        keys = [str(rule.id) for rule in rule_list.all_rules()]
    for key in keys[:-1]:
        admin.post(f"{PAGE}/rule/{key}/delete")
    assert "the built-in rules hold again" in admin.get(f"{PAGE}/rule/{keys[-1]}/delete")


def test_two_people_who_change_the_rules_at_once_are_told_so(app: Flask, admin: Pages) -> None:
    with app.app_context():
        rule_edits.add(rule=Rule(0, 0, severities=("low",), action=Action.ACKNOWLEDGE), by="user:Bea")
        db.session.commit()
    admin.post(f"{PAGE}/rule/built-in-2/move", {"to": "up"})
    assert "The rules were changed meanwhile" in admin.get(PAGE)
    answer = admin.post(f"{PAGE}/rule/built-in-2/move", {"to": "up"}, status=200, htmx=True)
    assert "The rules were changed meanwhile" in answer.headers["HX-Trigger"]


def test_a_test_ticket_is_asked_for_once_for_a_customer_with_a_company(app: Flask, operator: Pages, bakery: str) -> None:
    first = operator.post(f"{PAGE}/test", {"customer": bakery}).location
    assert operator.post(f"{PAGE}/test", {"customer": bakery}).location == first
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.kind, run.purpose, run.scope, run.requested_by) == ("tickets", "test", [bakery], "user:Oskar")
        assert first == f"/runs/{run.id}"
        unmapped = builders.add_customer(name="Dunmore Estates").id
        db.session.commit()
    for customer in (unmapped, "nobody", ""):
        assert operator.post(f"{PAGE}/test", {"customer": customer}).location == f"{PAGE}#test-h"


def test_the_alerts_can_be_read_now(app: Flask, operator: Pages, bakery: str) -> None:
    assert operator.post(f"{PAGE}/read", {"customer": bakery}).location == f"{PAGE}?customer={bakery}"
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.kind, run.scope, run.purpose) == ("tickets", [bakery], None)


def test_who_may_only_look_changes_nothing(app: Flask, viewer: Pages, operator: Pages) -> None:
    for pages in (viewer, operator):
        pages.get(f"{PAGE}/new", status=403)
        pages.post(f"{PAGE}/rule/built-in-1/move", {"to": "down"}, status=403)
        pages.post(f"{PAGE}/rule/built-in-1/delete", status=403)
        assert "Add a rule" not in pages.get(PAGE)
    viewer.post(f"{PAGE}/test", {"customer": "x"}, status=403)
    with app.app_context():
        assert db.session.query(TicketRule).count() == 0
