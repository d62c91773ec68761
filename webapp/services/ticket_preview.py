"""What a ticket would say with given templates: by the newest alert that was read, or by a sample. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from webapp.alerts import Alert
from webapp.context import context, now
from webapp.extensions import db
from webapp.models import AlertRow
from webapp.services import preferences
from webapp.services.ticket_keep import as_alert
from webapp.services.ticket_writer import TicketWriter

_SAMPLE_CUSTOMER = "Example GmbH"


@dataclass(frozen=True)
class TicketPreview:
    """``sample``: made of an invented alert, as none was read yet. ``language`` is that of the ticket."""

    title: str
    text: str
    language: str
    sample: bool


def preview(*, title: str, text: str, language: str) -> TicketPreview:
    """The ticket that these templates make (empty: the built-in ones); ``language`` empty: that of the installation."""
    row = db.session.scalar(select(AlertRow).order_by(AlertRow.raised_at.desc(), AlertRow.id).limit(1))
    alert, customer = (as_alert(row), row.customer.shown_name) if row else (_sample(), _SAMPLE_CUSTOMER)
    language = language or preferences.get("language")
    writer = TicketWriter(language, title, text, context().settings.timezone)
    return TicketPreview(writer.title(alert, customer), writer.description(alert, customer), language, row is None)


def _sample() -> Alert:
    return Alert(
        id="1f0c4a52-7f0e-4d0b-9c1e-2b6a7f1d9e34",
        customer_id="",
        raised_at=now(),
        severity="high",
        category="malware",
        product="endpoint",
        type="Event::Endpoint::Threat::CleanupFailed",
        description="Manual malware cleanup required: 'EICAR-AV-Test' at 'C:\\Users\\mkeller\\Downloads\\invoice.com'",
        device_name="WKS-014",
        device_type="computer",
        person="Mara Keller",
    )
