"""Every page that needs no id opens for an administrator in both languages, is valid, and writes nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import Pages
from webapp.domain import Role
from webapp.extensions import db
from webapp.guards import WriteWhileReading, guard
from webapp.models import AuditEntry, Setting
from webapp.services import audit, preferences


def _paths(app: Flask) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted(rule.rule for rule in rules if rule.rule not in ("/", "/login", "/readyz"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_opens_is_valid_and_writes_nothing(app: Flask, admin: Pages, language: str) -> None:
    paths = _paths(app)
    assert len(paths) > 10
    for path in paths:
        admin.get(f"{path}?lang={language}", htmx="suggestions" in path or "services" in path)


def test_a_get_that_adds_or_changes_something_is_a_mistake(app: Flask, admin: Pages) -> None:
    @app.get("/adds")
    @guard(Role.VIEWER)
    def adds() -> str:
        audit.record(by="kontor", action="look", subject="nothing:1")
        db.session.commit()
        return "done"

    @app.get("/changes")
    @guard(Role.VIEWER)
    def changes() -> str:
        db.session.execute(db.update(Setting).values(value="x"))
        return "done"

    with app.app_context():
        preferences.put(name="sync_time", value="03:00", by="kontor")
        db.session.commit()
    for path in ("/adds", "/changes"):
        with pytest.raises(WriteWhileReading):
            admin.client.get(path)
    with app.app_context():
        assert db.session.query(AuditEntry).count() == 1
        assert preferences.get("sync_time") == "03:00"
