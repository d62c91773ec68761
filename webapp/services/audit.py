"""The audit log: who changed what, when, from where, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import has_request_context, request

from webapp.context import now
from webapp.extensions import db
from webapp.models import AuditEntry


def record(
    *,
    by: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry to the current transaction. ``subject`` is ``kind:id``; secrets never go in here."""
    address = request.remote_addr if has_request_context() else None
    entry = AuditEntry(
        at=now(),
        actor=by,
        address=address,
        action=action,
        subject=subject,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
    )
    db.session.add(entry)
