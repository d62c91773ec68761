"""The first change that an installation ever makes is proved before any other is sent: units and price (design, section 7.2
"Posting", section 13, 11)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from webapp.domain import LineState, Mode, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services import preferences
from webapp.services.settling import same_price


def is_proved() -> bool:
    """Whether this installation has ever changed a contract with proof. Reads only."""
    return db.session.scalar(select(Change.id).where(Change.state == LineState.CONFIRMED).limit(1)) is not None


def is_open() -> Reason | None:
    """Why the other changes still wait: nothing was ever proved, and the outcome of a change is not known. Reads only."""
    unclear = select(Change.id).where(Change.state.in_((LineState.POSTING, LineState.UNKNOWN))).limit(1)
    return Reason("first_change_open") if not is_proved() and db.session.scalar(unclear) is not None else None


def pause_where_price_moved(change_ids: Iterable[int]) -> Reason | None:
    """Stop all posting where one of these changes, the first ever, took a price along. Flushes; None where all is well."""
    for change_id in change_ids:
        change = db.session.get(Change, change_id, populate_existing=True)
        if change is None or change.state != LineState.CONFIRMED or change.units_after is None:
            continue
        units = {"units_before": change.before, "units_after": change.units_after}
        if not same_price(change.price_before, change.price_after, **units):
            preferences.put(name="mode", value=Mode.PAUSED, by="kontor")
            figures = {"service": change.service_name, "before": change.price_before, "after": change.price_after}
            return Reason("price_changed", figures)
    return None
