"""The pages. Each module is one noun; each route has four moves: guard, parse, one call, answer."""

from __future__ import annotations

from flask import Flask

from webapp.routes.health import bp as health


def init_routes(app: Flask) -> None:
    for blueprint in (health,):
        app.register_blueprint(blueprint)
