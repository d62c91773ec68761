"""Whether Autotask bills a change for a full period or prorated, in the reader's words."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext


def word(effective: date | None, period_start: date | None) -> str | None:
    """A change at the start of a period is billed in full, one within it for the days that are left (autotask-api.md,
    section 7). None where the period is not known."""
    if effective is None or period_start is None:
        return None
    return gettext("Full period") if effective == period_start else gettext("Prorated")
