"""PURE: the words of tickets and notes in the language of the tickets (a setting, whoever reads them)."""

from __future__ import annotations

from dataclasses import dataclass

PLACEHOLDERS = (
    "severity",
    "customer",
    "device",
    "person",
    "time",
    "product",
    "category",
    "what",
    "type",
    "recommendation",
    "link",
    "alert_id",
)
"""What a template may name in curly braces."""


@dataclass(frozen=True)
class TicketWords:
    """One language. ``title`` and ``description`` are templates with ``PLACEHOLDERS``; the others take the names they show."""

    title: str
    description: str
    alert_id: str
    recovered_alert_id: str
    more: str
    burst_title: str
    burst: str
    burst_note: str
    repeat: str
    gone: str
    expired: str
    recovered: str
    repeat_title: str
    test_title: str
    test: str
    gone_title: str
    expired_title: str
    recovered_title: str
    burst_note_title: str


ENGLISH = TicketWords(
    title="Sophos: {what} on {device}",
    description="""\
Severity: {severity}
Customer: {customer}
Device: {device}
Person: {person}
Raised: {time}
Product: {product}
Category: {category}
Type: {type}

{what}

What to do: {recommendation}

Sophos Central: {link}
Alert ID: {alert_id}""",
    alert_id="Alert ID: {alert_id}",
    recovered_alert_id="Ends alert: {alert_id}",
    more="and {count} more",
    burst_title="Sophos: {count} alerts at {customer}",
    burst="Sophos raised {count} alerts for {customer} within a short time. They are gathered in this ticket.",
    burst_note="Sophos raised {count} more alerts for {customer}.",
    repeat="Sophos raised this alert again.",
    gone="The alert is no longer open in Sophos Central: it was acknowledged there, or the cause was removed.",
    expired=(
        "The alert is no longer listed in Sophos Central. Sophos keeps alerts for 90 days, and this one is older, so it does not"
        " follow that the cause was removed. Please check."
    ),
    recovered="Sophos reports that the trouble is over.",
    repeat_title="Sophos: raised again",
    test_title="Sophos: test ticket",
    test="Kontor made this ticket to try the connection, and completes it at once. Nothing needs to be done.",
    gone_title="Sophos: no longer open",
    expired_title="Sophos: older than 90 days",
    recovered_title="Sophos: trouble is over",
    burst_note_title="Sophos: more alerts",
)

GERMAN = TicketWords(
    title="Sophos: {what} auf {device}",
    description="""\
Schweregrad: {severity}
Kunde: {customer}
Gerät: {device}
Person: {person}
Gemeldet: {time}
Produkt: {product}
Kategorie: {category}
Art: {type}

{what}

Empfehlung: {recommendation}

Sophos Central: {link}
Alert-ID: {alert_id}""",
    alert_id="Alert-ID: {alert_id}",
    recovered_alert_id="Beendet den Alert: {alert_id}",
    more="und {count} weitere",
    burst_title="Sophos: {count} Alerts bei {customer}",
    burst="Sophos hat für {customer} in kurzer Zeit {count} Alerts gemeldet. Sie sind in diesem Ticket zusammengefasst.",
    burst_note="Sophos hat {count} weitere Alerts für {customer} gemeldet.",
    repeat="Sophos hat diesen Alert erneut gemeldet.",
    gone="Der Alert ist in Sophos Central nicht mehr offen: Er wurde dort quittiert, oder die Ursache wurde behoben.",
    expired=(
        "Der Alert wird in Sophos Central nicht mehr aufgeführt. Sophos bewahrt Alerts 90 Tage auf, dieser ist älter."
        " Daraus folgt"
        " also nicht, dass die Ursache behoben ist. Bitte prüfen Sie das."
    ),
    recovered="Sophos meldet, dass die Störung vorbei ist.",
    repeat_title="Sophos: erneut gemeldet",
    test_title="Sophos: Testticket",
    test="Kontor hat dieses Ticket zur Probe angelegt und schließt es sofort ab. Es ist nichts zu tun.",
    gone_title="Sophos: nicht mehr offen",
    expired_title="Sophos: älter als 90 Tage",
    recovered_title="Sophos: Störung ist vorbei",
    burst_note_title="Sophos: weitere Alerts",
)


def words(language: str) -> TicketWords:
    """The words of ``language``: German for "de", else English."""
    return GERMAN if language == "de" else ENGLISH
