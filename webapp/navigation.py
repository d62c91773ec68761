"""The side navigation: which pages there are, in which order, and which of them this person sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext, lazy_pgettext
from flask_login import current_user

from webapp.domain import Role


@dataclass(frozen=True)
class Place:
    """A page of the navigation. ``text`` is translated when it is shown; ``role`` is the least that sees it."""

    endpoint: str
    text: Any
    icon: str
    role: Role = Role.VIEWER


@dataclass(frozen=True)
class Entry:
    """A place as the navigation shows it. ``current`` says that the page belongs to it."""

    endpoint: str
    text: Any
    icon: str
    url: str
    current: bool


MAIN = (
    Place("overview.waits", lazy_pgettext("navigation", "Overview"), "grid-1x2"),
    Place("customers.index", lazy_gettext("Customers"), "people"),
    Place("approvals.index", lazy_gettext("Approvals"), "check2-square"),
    Place("runs.index", lazy_gettext("Runs"), "clock-history"),
    Place("billing_check.index", lazy_gettext("Billing check"), "receipt"),
    Place("tickets.index", lazy_gettext("Tickets"), "ticket-perforated"),
    Place("findings.index", lazy_gettext("Findings"), "flag"),
)
CONFIGURE = (
    Place("integration.index", lazy_gettext("PSA Integration"), "plug"),
    Place("products.index", lazy_gettext("Products"), "box-seam"),
    Place("ticket_rules.index", lazy_gettext("Ticket rules"), "ticket-perforated"),
    Place("preferences.edit", lazy_pgettext("navigation", "Sync settings"), "sliders", Role.ADMIN),
    Place("connections.index", lazy_gettext("Connection"), "link-45deg", Role.ADMIN),
)

BELONGS = {"contract_pages": "customers"}
"""Pages without a place of their own, and the place that leads to them."""


def init_navigation(app: Flask) -> None:
    app.jinja_env.globals.update(main_navigation=lambda: entries(MAIN), configure_navigation=lambda: entries(CONFIGURE))
    app.jinja_env.tests["page"] = lambda endpoint: endpoint in current_app.view_functions


def entries(places: tuple[Place, ...]) -> list[Entry]:
    """The places that exist and that the person who is signed in may open."""
    return [
        Entry(place.endpoint, place.text, place.icon, url_for(place.endpoint), _is_current(place))
        for place in places
        if place.endpoint in current_app.view_functions and current_user.may(place.role)
    ]


def _is_current(place: Place) -> bool:
    shown = BELONGS.get(request.blueprint or "", request.blueprint)
    return shown == place.endpoint.partition(".")[0]
