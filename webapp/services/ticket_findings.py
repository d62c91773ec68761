"""What a person should look at about ticket sync as a whole: choices not made, customers that refuse, a missing role."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from webapp.alerts import StepKind, StepState
from webapp.extensions import db
from webapp.models import Customer, TicketStep, TicketWatch
from webapp.services import findings, ticket_choices, ticket_watches
from webapp.services.findings import Raised

SOURCE = "tickets"


def bring_up_to_date() -> None:
    """Raise what holds now and clear what does not any more. The caller commits."""
    findings.replace(source=SOURCE, findings=list(_raised()))


def _raised() -> Iterator[Raised]:
    if not ticket_watches.anyone():
        return
    missing = ticket_choices.chosen().missing
    if missing:
        yield Raised("ticket_choice_missing", "warn", "tickets", params={"settings": ", ".join(missing)})
    for customer in db.session.scalars(
        select(Customer)
        .join(TicketWatch, TicketWatch.customer_id == Customer.id)
        .where(TicketWatch.code == "alerts_forbidden", TicketWatch.switched_on_at.is_not(None))
    ):
        params = {"customer": customer.shown_name}
        yield Raised("alerts_forbidden", "warn", f"customer:{customer.id}", customer_id=customer.id, params=params)
    if _acknowledging_is_denied():
        yield Raised("acknowledge_denied", "warn", "connection:sophos")


def _acknowledging_is_denied() -> bool:
    """By how the last attempt to acknowledge ended."""
    last = db.session.scalar(
        select(TicketStep)
        .where(
            TicketStep.kind == StepKind.ACKNOWLEDGE,
            (TicketStep.state == StepState.DONE) | (TicketStep.code == "acknowledge_denied"),
        )
        .order_by(TicketStep.sent_at.desc())
        .limit(1)
    )
    return last is not None and last.code == "acknowledge_denied"
