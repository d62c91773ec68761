"""The choice at switching on ticket sync: alerts that are open already are only shown, or get tickets too."""

from __future__ import annotations

from sqlalchemy import select

from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import Mapping
from webapp.services import audit, ticket_watches


def choose(*, customer_id: str, tickets: bool, by: str) -> None:
    """Whether the first reading makes tickets of what is open then; twice is as once. The caller commits.

    Raises NotFound for the customer; Refused where ticket sync is off, and after the first reading, when it is too late.
    """
    mapping = db.session.scalar(select(Mapping).where(Mapping.customer_id == customer_id).with_for_update())
    if mapping is None:
        raise NotFound("customer", customer_id)
    if not mapping.ticket_sync:
        raise Refused("ticket_sync_off", "open_alerts")
    watch = ticket_watches.get(customer_id)
    if watch is not None and watch.first_pass_at is not None:
        raise Refused("first_reading_over", "open_alerts")
    before = watch is not None and watch.also_open
    if before == tickets:
        return
    ticket_watches.also_open(customer_id, wanted=tickets)
    audit.record(
        by=by,
        action="open_alerts",
        subject=f"customer:{customer_id}",
        before={"also_open": before},
        after={"also_open": tickets},
    )
