"""PURE: the catalogue of codes. Each has one sentence for what happened and, where a person can act, one for what to do.

Codes are stable words (design, section 8): they stand in the JSON of the command line, in the database and on the
troubleshooting page. The sentences are translated when shown (webapp/texts.py); ``%(name)s`` takes a figure of the reason.
"""

from __future__ import annotations

from webapp.codes.approvals import APPROVALS
from webapp.codes.billing import BILLING_CHECK
from webapp.codes.connection import CONNECTED, CONNECTION
from webapp.codes.contract import CONTRACT
from webapp.codes.decisions import CONFLICTS, DECISIONS, UNDO
from webapp.codes.files import FILES
from webapp.codes.findings import FINDINGS
from webapp.codes.mappings import MAPPINGS
from webapp.codes.posting import POSTING
from webapp.codes.products import PRODUCTS
from webapp.codes.reasons import REASONS
from webapp.codes.rules import RULES
from webapp.codes.runs import RUNS
from webapp.codes.settings import SETTINGS, STARTING
from webapp.codes.text import N_, Text
from webapp.codes.ticket_forms import TICKET_FORMS
from webapp.codes.tickets import TICKET_REASONS, TICKETS
from webapp.codes.users import USERS

CATALOGUE: dict[str, Text] = {
    **CONNECTION,
    **CONNECTED,
    **RUNS,
    **CONTRACT,
    **POSTING,
    **APPROVALS,
    **UNDO,
    **CONFLICTS,
    **DECISIONS,
    **REASONS,
    **FINDINGS,
    **MAPPINGS,
    **PRODUCTS,
    **FILES,
    **USERS,
    **STARTING,
    **SETTINGS,
    **BILLING_CHECK,
    **TICKET_FORMS,
    **TICKETS,
    **TICKET_REASONS,
    **RULES,
}
"""Every key that a Reason, a finding or an error may carry."""

CHAPTERS: tuple[tuple[str, str, dict[str, Text]], ...] = (
    ("connection", N_("Connection"), CONNECTION),
    ("runs", N_("Runs"), RUNS),
    ("contracts", N_("Contracts and lines"), CONTRACT),
    ("changes", N_("Changes"), POSTING),
    ("approvals", N_("Approvals"), APPROVALS),
    ("undo", N_("Undo"), UNDO),
    ("tickets", N_("Tickets"), TICKETS),
)
"""What the troubleshooting page and docs/codes.md explain, by chapter."""

ERROR_CODES: dict[str, Text] = {code: text for _id, _title, texts in CHAPTERS for code, text in texts.items()}
"""The codes that they explain."""

__all__ = ["CATALOGUE", "CHAPTERS", "ERROR_CODES", "N_", "Text"]
