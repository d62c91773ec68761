"""The pages. Each module is one noun; each route has four moves: guard, parse, one call, answer."""

from __future__ import annotations

from flask import Flask

from webapp.routes.account import bp as account
from webapp.routes.approvals import bp as approvals
from webapp.routes.auth import bp as auth
from webapp.routes.billing_check import bp as billing_check
from webapp.routes.companies import bp as companies
from webapp.routes.conflicts import bp as conflicts
from webapp.routes.connections import bp as connections
from webapp.routes.contract_decisions import bp as contract_decisions
from webapp.routes.contract_pages import bp as contract_pages
from webapp.routes.customers import bp as customers
from webapp.routes.findings import bp as findings
from webapp.routes.health import bp as health
from webapp.routes.help import bp as help_
from webapp.routes.integration import bp as integration
from webapp.routes.overview import bp as overview
from webapp.routes.preferences import bp as preferences
from webapp.routes.products import bp as products
from webapp.routes.runs import bp as runs
from webapp.routes.start import bp as start
from webapp.routes.ticket_rules import bp as ticket_rules
from webapp.routes.tickets import bp as tickets
from webapp.routes.undo import bp as undo

BLUEPRINTS = (
    account,
    approvals,
    auth,
    billing_check,
    companies,
    conflicts,
    connections,
    contract_decisions,
    contract_pages,
    customers,
    findings,
    health,
    help_,
    integration,
    overview,
    preferences,
    ticket_rules,
    products,
    runs,
    start,
    tickets,
    undo,
)


def init_routes(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
