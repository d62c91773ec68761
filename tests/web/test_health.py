"""/healthz says that the process lives, /readyz that everything that work needs answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import create_app, queueing
from webapp.extensions import db
from webapp.services import heartbeats, schedules
from webapp.settings import load_settings


@pytest.fixture
def _everything_runs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "ping", lambda: True)
    with app.app_context():
        for role in (heartbeats.WORKER, heartbeats.SCHEDULER):
            heartbeats.beat(name=role, role=role)
        schedules.ensure()
        db.session.commit()


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.usefixtures("_everything_runs")
def test_with_everything_running_it_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"database": True, "queue": True, "worker": True, "scheduler": True}


def test_a_fresh_instance_without_its_processes_is_not_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": True, "queue": False, "worker": False, "scheduler": False}


@pytest.mark.usefixtures("_everything_runs")
def test_a_worker_that_is_silent_for_two_minutes_is_missed(
    client: FlaskClient, app: Flask, set_clock: Callable[[str], object]
) -> None:
    set_clock("2026-11-23T11:02:00+00:00")
    with app.app_context():
        heartbeats.beat(name="scheduler", role=heartbeats.SCHEDULER)
        db.session.commit()
    assert client.get("/readyz").json == {"database": True, "queue": True, "worker": False, "scheduler": True}


@pytest.mark.usefixtures("_everything_runs")
def test_schedules_that_nobody_claims_are_missed(client: FlaskClient, app: Flask, set_clock: Callable[[str], object]) -> None:
    set_clock("2026-11-23T11:30:00+00:00")
    with app.app_context():
        for role in (heartbeats.WORKER, heartbeats.SCHEDULER):
            heartbeats.beat(name=role, role=role)
        db.session.commit()
    assert client.get("/readyz").json == {"database": True, "queue": True, "worker": True, "scheduler": False}


def test_a_database_that_has_not_been_migrated_is_not_ready(tmp_path: Path) -> None:
    app = create_app(load_settings({"KONTOR_INSTANCE": str(tmp_path / "new")}))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": False, "queue": False, "worker": False, "scheduler": False}
    with app.app_context():
        db.engine.dispose()
