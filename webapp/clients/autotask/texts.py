"""PURE: the texts with which Autotask refuses, as recorded (autotask-api.md, section 5). One catalogue for reads and posts.

Autotask says no with HTTP 500 and ``{"errors": ["text"]}``: only the text tells a refusal for good from "not now" and from
a second adjustment for one line and date. A text that is not here is unknown, and an unknown text proves nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from webapp.clients.values import cleaned


class Said(StrEnum):
    """What a text means."""

    BUSY = "busy"  # too many calls: nothing was done
    DUPLICATE = "duplicate"  # this line and date have an adjustment already
    PERMISSION = "permission"
    INTEGRATION_CODE = "integration_code"
    ZONE = "zone"
    REFUSED = "refused"  # for good, because of the content


KNOWN: tuple[tuple[str, Said], ...] = (
    ("thread threshold exceeded", Said.BUSY),
    ("itgenatr005", Said.BUSY),
    ("request threshold", Said.BUSY),
    ("duplicate data into contract_service_period", Said.DUPLICATE),
    ("does not have the adequate permissions", Said.PERMISSION),
    ("may not have the required permissions", Said.PERMISSION),
    ("integrationcode is invalid", Said.INTEGRATION_CODE),
    ("zone information could not be determined", Said.ZONE),
    ("must be between the start date and end date of the contract", Said.REFUSED),
    ("does not reference an existing entity", Said.REFUSED),
    ("does not exist or is invalid", Said.REFUSED),
    ("unable to find", Said.REFUSED),
    ("conversion failed when converting", Said.REFUSED),
    ("unexpected character encountered while parsing value", Said.REFUSED),
    ("you must assign both", Said.REFUSED),
    ("violation of unique key constraint", Said.REFUSED),
    ("invalid query syntax", Said.REFUSED),
)
"""Part of the text, in lower case, and its meaning; the first that fits decides."""


def classify(text: str) -> Said | None:
    """What ``text`` means; None where it is in no catalogue."""
    lower = text.lower()
    return next((meaning for part, meaning in KNOWN if part in lower), None)


def errors_text(body: Any) -> str:
    """The texts of an ``errors`` list in one line, at most 500 characters; empty where there is no such list.

    Mostly a list of texts; some clients also met objects with a message.
    """
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return ""
    texts = [error.get("message") if isinstance(error, dict) else error for error in errors]
    return cleaned(" ".join(text for text in texts if isinstance(text, str)), 500)
