"""Settings of the installation: known names, checked values, an audit row for each change."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry
from webapp.services import preferences


def test_a_new_installation_observes_and_bills_daily(context: Flask) -> None:
    assert preferences.get("mode") == "observe"
    assert preferences.get("billing") == "daily"


def test_a_setting_is_kept_in_its_normal_form_and_audited(context: Flask) -> None:
    preferences.put(name="sync_time", value=" 3:30 ", by="cli:kontor@box")
    db.session.commit()
    assert preferences.get("sync_time") == "03:30"
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.before, entry.after) == ("cli:kontor@box", {"value": "02:00"}, {"value": "03:30"})


@pytest.mark.parametrize(("name", "value"), [("sync_time", "25:00"), ("mode", "fast"), ("hold_increase_units", "-1")])
def test_a_value_that_is_not_allowed_changes_nothing(context: Flask, name: str, value: str) -> None:
    before = preferences.get(name)
    with pytest.raises(Refused):
        preferences.put(name=name, value=value, by="cli:kontor@box")
    assert preferences.get(name) == before
