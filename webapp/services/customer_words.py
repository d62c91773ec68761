"""What the customers page says after something was saved, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from webapp.services.bulk_edits import BulkEdit
from webapp.services.customer_rows import CustomerRow


def company_saved(row: CustomerRow) -> str:
    if row.company_id is None:
        said = gettext("Saved. %(customer)s is not mapped to a company.", customer=row.name)
        return _joined(said, left_open(row.tickets.open_tickets))
    return gettext("Saved. %(customer)s is mapped to %(company)s.", customer=row.name, company=row.company_name)


def contract_saved(row: CustomerRow) -> str:
    if row.contract_id is None:
        return gettext("Saved. %(customer)s has no contract.", customer=row.name)
    return gettext("Saved. The contract of %(customer)s is %(contract)s.", customer=row.name, contract=row.contract_name)


def usage_sync_saved(row: CustomerRow) -> str:
    if row.usage_sync:
        return gettext("Usage sync of %(customer)s is on.", customer=row.name)
    return gettext("Usage sync of %(customer)s is off.", customer=row.name)


def ticket_sync_saved(row: CustomerRow) -> str:
    if not row.ticket_sync:
        return _joined(gettext("Ticket sync of %(customer)s is off.", customer=row.name), left_open(row.tickets.open_tickets))
    said = gettext("Ticket sync of %(customer)s is on.", customer=row.name)
    return _joined(said, _already_open(row.tickets.also_open)) if row.tickets.begins else said


def open_alerts_saved(row: CustomerRow) -> str:
    return _joined(gettext("Saved."), _already_open(row.tickets.also_open))


def left_open(number: int) -> str:
    """What becomes of open tickets that Kontor no longer follows; empty where there are none."""
    if not number:
        return ""
    return ngettext(
        "%(num)d open ticket stays as it is; Kontor no longer follows it.",
        "%(num)d open tickets stay as they are; Kontor no longer follows them.",
        number,
    )


def _already_open(tickets: bool) -> str:
    if tickets:
        return gettext("Alerts that are open already get tickets too, as the rules say.")
    return gettext("Alerts that are open already are shown, not ticketed.")


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def bulk_saved(done: BulkEdit) -> str:
    number = len(done.changed)
    if done.switch == "usage_sync" and done.enabled:
        return ngettext("Usage sync is on for %(num)d more customer.", "Usage sync is on for %(num)d more customers.", number)
    if done.switch == "usage_sync":
        return ngettext(
            "Usage sync was switched off for %(num)d customer.", "Usage sync was switched off for %(num)d customers.", number
        )
    if done.enabled:
        said = ngettext("Ticket sync is on for %(num)d more customer.", "Ticket sync is on for %(num)d more customers.", number)
        return _joined(said, _already_open(done.also_open)) if number else said
    said = ngettext(
        "Ticket sync was switched off for %(num)d customer.", "Ticket sync was switched off for %(num)d customers.", number
    )
    return _joined(said, left_open(done.open_tickets))
