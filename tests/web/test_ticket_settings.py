"""The settings of tickets: chosen from what Autotask offers, templates with a preview, and the step of the guide."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import builders
from tests.web.conftest import Pages
from webapp.alerts import Choice, TicketField
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import preferences, ticket_choices, ticket_picklists

FIELDS = (
    TicketField(
        "queueID",
        choices=(
            Choice(5, "Client Portal"),
            Choice(29683354, "Security Operations"),
            Choice(29683360, "Migration", active=False),
            Choice(71, "Twice"),
            Choice(72, "twice"),
        ),
    ),
    TicketField("priority", choices=(Choice(1, "High"),)),
    TicketField("source", choices=(Choice(13, "Sophos Central"),)),
    TicketField("billingCodeID"),
    TicketField("createDate", read_only=True),
    TicketField("ticketType", choices=(Choice(1, "Service Request"), Choice(5, "Alert"))),
)
PREVIEW = "/psa/settings/ticket-preview"


@pytest.fixture
def form(app: Flask) -> dict[str, str]:
    with app.app_context():
        return preferences.everything()


@pytest.fixture
def choices(app: Flask) -> None:
    with app.app_context():
        ticket_picklists.store(FIELDS)
        db.session.commit()


def put(name: str, value: str) -> str:
    kept = preferences.put(name=name, value=value, by="cli:kontor@box")
    db.session.commit()
    return kept


def value_of(app: Flask, name: str) -> str:
    with app.app_context():
        return preferences.get(name)


def test_before_autotask_was_asked_a_choice_is_kept_as_typed_and_resolved_later(app: Flask, admin: Pages) -> None:
    with app.app_context():
        assert put("ticket_queue", "Security Operations") == "Security Operations"
        assert ticket_choices.chosen().queue is None
        ticket_picklists.store(FIELDS)
        db.session.commit()
        assert ticket_choices.chosen().queue == 29683354
    assert '<option value="29683354" selected>Security Operations</option>' in admin.get("/psa/settings")


@pytest.mark.parametrize(
    ("typed", "kept"), [("Security Operations", "29683354"), ("security operations ", "29683354"), ("5", "5")]
)
def test_a_name_or_an_id_is_kept_as_the_id(app: Flask, choices: None, typed: str, kept: str) -> None:
    with app.app_context():
        assert put("ticket_queue", typed) == kept


@pytest.mark.parametrize("typed", ["Migration", "29683360", "Twice", "no such queue", "0"])
def test_what_is_not_exactly_one_active_choice_is_refused_with_the_possible_ones(app: Flask, choices: None, typed: str) -> None:
    with app.app_context():
        with pytest.raises(Refused) as refused:
            put("ticket_queue", typed)
        assert refused.value.code == "ticket_choice_unknown"
        assert "Security Operations" in refused.value.params["choices"]
        assert "Migration" not in refused.value.params["choices"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ticket_interval_minutes", "4", "Allowed:"),
        ("ticket_burst", "0", "Allowed:"),
        ("ticket_reopen", "maybe", "Allowed:"),
        ("ticket_language", "fr", "Allowed:"),
        ("ticket_queue", "29683360", "Autotask has no active choice"),
        ("ticket_title", "{dev}", "There is no placeholder {dev}."),
        ("ticket_text", "see {", "has no partner"),
        ("ticket_more_fields", "billingCodeID", "is not of the form name=value"),
        ("ticket_more_fields", "nothing=1", "have no field “nothing”"),
        ("ticket_more_fields", "createDate=2026-11-23", "nobody can set it"),
        ("ticket_more_fields", "externalID=x", "Kontor fills the field"),
        ("ticket_more_fields", "ticketType=9", "is no active choice of the field"),
    ],
)
def test_what_is_not_allowed_is_an_error_at_its_field(
    app: Flask, admin: Pages, form: dict[str, str], choices: None, name: str, value: str, said: str
) -> None:
    page = admin.post("/psa/settings", {**form, "ticket_burst": "30", name: value}, status=422).get_data(as_text=True)
    assert f'id="{name}-error"' in page
    assert said in page
    assert value_of(app, "ticket_burst") == "20"


def test_good_settings_are_kept_with_the_lines_as_written(app: Flask, admin: Pages, form: dict[str, str], choices: None) -> None:
    changed = {"ticket_queue": "29683354", "ticket_priority": "1", "ticket_source": "13", "ticket_text": "{what}\r\n\r\n{link}"}
    admin.post("/psa/settings", {**form, **changed, "ticket_more_fields": "billingCodeID=29682801\r\nticketType=5"})
    with app.app_context():
        assert ticket_choices.chosen().missing == ()
        assert preferences.get("ticket_text") == "{what}\n\n{link}"
        assert ticket_choices.more_fields(preferences.get("ticket_more_fields")) == {"billingCodeID": 29682801, "ticketType": 5}
    admin.post("/psa/settings", {**form, **changed, "ticket_more_fields": "billingCodeID=29682801\r\nticketType=5"})
    assert "Nothing was different." in admin.get("/psa/settings")


def test_a_choice_that_was_deactivated_is_marked_and_does_not_lock_the_other_settings(
    app: Flask, admin: Pages, form: dict[str, str], choices: None
) -> None:
    with app.app_context():
        put("ticket_queue", "5")
        ticket_picklists.store([TicketField("queueID", choices=(Choice(5, "Client Portal", active=False), Choice(6, "Desk")))])
        db.session.commit()
    page = admin.get("/psa/settings")
    assert "No longer active: choose another." in page
    assert "Client Portal (no longer active)" in page
    admin.post("/psa/settings", {**form, "ticket_queue": "5", "ticket_burst": "30"})
    assert value_of(app, "ticket_burst") == "30"


def test_templates_are_previewed_as_a_partial_and_as_a_plain_form_and_nothing_is_kept(
    app: Flask, admin: Pages, form: dict[str, str]
) -> None:
    typed = {**form, "ticket_title": "{severity}: {what} <b>", "ticket_language": "de"}
    part = admin.post(PREVIEW, typed, status=200, htmx=True).get_data(as_text=True)
    assert "Hoch: Manual malware cleanup required" in part
    assert "&lt;b&gt;" in part
    assert "Made of an invented alert" in part
    page = admin.post(PREVIEW, {**typed, "sync_time": "05:00"}, status=200).get_data(as_text=True)
    assert "Hoch: Manual malware cleanup required" in page
    assert 'value="05:00"' in page  # what else was typed is still there
    assert value_of(app, "ticket_title") == ""
    for htmx in (True, False):
        bad = admin.post(PREVIEW, {**typed, "ticket_text": "{"}, status=422, htmx=htmx).get_data(as_text=True)
        assert 'id="ticket_text-error"' in bad


def test_the_guide_asks_for_the_choices_once_somebody_has_ticket_sync(app: Flask, admin: Pages, choices: None) -> None:
    page = admin.get("/psa")
    assert "Optional: needed once a customer has ticket sync on." in page
    assert "of 5 steps done" in page
    with app.app_context():
        builders.add_customer(company=builders.add_company(), ticket_sync=True)
        put("ticket_queue", "5")
    page = admin.get("/psa")
    assert "Still to choose: Priority, Source." in page
    assert "0 of 6 steps done" in page
    with app.app_context():
        put("ticket_priority", "High")
        put("ticket_source", "Sophos Central")
    assert "1 of 6 steps done" in admin.get("/psa")
