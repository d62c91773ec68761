"""Sync settings: shown, checked at the fields, kept with an audit row."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import Pages
from webapp.extensions import db
from webapp.models import AuditEntry
from webapp.services import preferences, schedules


@pytest.fixture
def form(app: Flask) -> dict[str, str]:
    """The form as the page sends it when nothing is touched."""
    with app.app_context():
        return preferences.everything()


def _value(app: Flask, name: str) -> str:
    with app.app_context():
        return preferences.get(name)


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_administrator_sees_the_settings_in_their_language(admin: Pages, language: str) -> None:
    page = admin.get(f"/psa/settings?lang={language}")
    assert "Europe/Berlin" in page
    assert ('value="02:00"') in page


def test_a_new_time_is_kept_audited_and_moves_the_next_sync(app: Flask, admin: Pages, form: dict[str, str]) -> None:
    with app.app_context():
        schedules.ensure()
        db.session.commit()
    assert admin.post("/psa/settings", {**form, "sync_time": "4:30"}).location == "/psa/settings"
    page = admin.get("/psa/settings")
    assert "Saved." in page
    assert 'value="04:30"' in page
    assert "tomorrow, 04:30" in page
    assert "Last changed by Ada" in page
    with app.app_context():
        entry = db.session.query(AuditEntry).one()
        assert (entry.actor, entry.subject, entry.after) == ("user:Ada", "setting:sync_time", {"value": "04:30"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sync_time", "25:00"),
        ("hold_increase_percent", "many"),
        ("hold_increase_units", "-1"),
        ("budget_share_percent", "100"),
        ("mode", "fast"),
        ("on_drift", ""),
        ("language", "fr"),
        ("read_max_age_minutes", "<script>"),
        ("billing", "yearly"),
        ("billing_day", "32"),
        ("close_from_day", "0"),
        ("close_until_day", "29"),
        ("hold_decrease_percent", "101"),
        ("hold_decrease_units", "few"),
        ("run_stop_percent", ""),
    ],
)
def test_a_value_that_is_not_allowed_is_an_error_at_its_field_and_nothing_is_kept(
    app: Flask, admin: Pages, form: dict[str, str], name: str, value: str
) -> None:
    page = admin.post("/psa/settings", {**form, "budget_share_percent": "70", name: value}, status=422).get_data(as_text=True)
    assert "Not saved" in page
    assert "Allowed:" in page
    assert _value(app, "budget_share_percent") == "80"


@pytest.mark.parametrize(("first", "last"), [("9", "8"), ("5", "3"), ("9", "1")])
def test_a_close_that_ends_before_it_begins_is_an_error_at_its_end(
    app: Flask, admin: Pages, form: dict[str, str], first: str, last: str
) -> None:
    changed = {**form, "close_from_day": first, "close_until_day": last}
    page = admin.post("/psa/settings", changed, status=422).get_data(as_text=True)
    assert 'id="close_until_day-error"' in page
    assert f"The close would begin on day {first} and end on day {last}." in page
    assert _value(app, "close_from_day") == "2"


@pytest.mark.parametrize(("first", "last"), [("10", "15"), ("1", "1"), ("28", "28")])
def test_both_ends_of_the_close_can_move_at_once(app: Flask, admin: Pages, form: dict[str, str], first: str, last: str) -> None:
    admin.post("/psa/settings", {**form, "close_from_day": first, "close_until_day": last})
    assert (_value(app, "close_from_day"), _value(app, "close_until_day")) == (first, last)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("10 in full, +3 for 19 of 30 days", "Posts −2 from 1 Dec 2026", "With Sophos monthly invoice", "Once a month")),
        ("de", ("10 voll, +3 für 19 von 30 Tagen", "Bucht −2 ab 01.12.2026", "Mit der monatlichen Sophos-Rechnung")),
    ],
)
def test_each_billing_way_is_explained_by_its_example_in_the_running_month(
    admin: Pages, language: str, texts: tuple[str, ...]
) -> None:
    page = admin.get(f"/psa/settings?lang={language}")
    for text in texts:
        assert text in page
    assert page.count('<svg class="chart timeline example"') == 3


def test_the_examples_follow_the_days_of_the_installation(admin: Pages, form: dict[str, str]) -> None:
    admin.post("/psa/settings", {**form, "billing": "monthly", "billing_day": "15", "close_from_day": "4"})
    page = admin.get("/psa/settings")
    assert 'id="billing-monthly" name="billing" value="monthly" checked' in page
    assert "15 Nov 2026" in page
    assert "from 4 Dec 2026 on" in page


@pytest.mark.parametrize("mode", ["automatic", "approve", "paused"])
def test_leaving_observe_is_a_step_of_the_guide_not_of_this_page(
    app: Flask, admin: Pages, form: dict[str, str], mode: str
) -> None:
    page = admin.post("/psa/settings", {**form, "mode": mode}, status=422).get_data(as_text=True)
    assert "Kontor has not been started." in page
    assert _value(app, "mode") == "observe"


def test_a_started_kontor_can_be_paused_and_go_on(app: Flask, admin: Pages, form: dict[str, str]) -> None:
    with app.app_context():
        preferences.put(name="mode", value="automatic", by="cli:kontor@box")
        db.session.commit()
    admin.post("/psa/settings", {**form, "mode": "paused"})
    assert _value(app, "mode") == "paused"
    admin.post("/psa/settings", {**form, "mode": "automatic"})
    assert _value(app, "mode") == "automatic"


def test_saving_without_a_change_says_so_and_writes_nothing(app: Flask, admin: Pages, form: dict[str, str]) -> None:
    admin.post("/psa/settings", form)
    assert "Nothing was different." in admin.get("/psa/settings")
    with app.app_context():
        assert db.session.query(AuditEntry).count() == 0


def test_an_operator_may_not_change_them(operator: Pages, form: dict[str, str]) -> None:
    operator.post("/psa/settings", form, status=403)
