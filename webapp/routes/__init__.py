"""The pages. Each module is one noun; each route has four moves: guard, parse, one call, answer."""

from __future__ import annotations

from flask import Flask

from webapp.routes.account import bp as account
from webapp.routes.auth import bp as auth
from webapp.routes.companies import bp as companies
from webapp.routes.customers import bp as customers
from webapp.routes.health import bp as health
from webapp.routes.overview import bp as overview
from webapp.routes.products import bp as products

BLUEPRINTS = (account, auth, companies, customers, health, overview, products)


def init_routes(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
