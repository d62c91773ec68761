"""Findings: things a person should look at, raised and cleared by the kind of run that knows about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import select

from webapp.context import now
from webapp.extensions import db
from webapp.models import Finding

Weight = Literal["bad", "warn", "info"]


@dataclass(frozen=True)
class Raised:
    """A finding as a run raises it. ``code`` is a key of webapp/codes, ``subject`` what it is about (``customer:ID``).

    Two runs that raise the same code for the same subject and customer mean the same finding.
    """

    code: str
    weight: Weight
    subject: str
    customer_id: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        about = f"{self.code}:{self.subject}"
        return about if self.customer_id is None or self.customer_id in about else f"{about}:{self.customer_id}"


def replace(*, source: str, findings: Iterable[Raised]) -> None:
    """Make ``findings`` the open ones of ``source``: new ones are added, known ones kept, those not raised any more cleared.

    The caller commits.
    """
    raised = {finding.key: finding for finding in findings}
    moment = now()
    known = {row.key: row for row in db.session.scalars(select(Finding).where(Finding.source == source))}
    for key, finding in raised.items():
        row = known.get(key)
        if row is None:
            row = Finding(key=key, code=finding.code, source=source, first_seen_at=moment)
            db.session.add(row)
        elif row.cleared_at is not None:
            row.first_seen_at = moment
        row.weight, row.subject, row.customer_id = finding.weight, finding.subject, finding.customer_id
        row.params, row.last_seen_at, row.cleared_at = dict(finding.params), moment, None
    for key, row in known.items():
        if key not in raised and row.cleared_at is None:
            row.cleared_at = moment
    db.session.flush()


def note(*, source: str, finding: Raised) -> None:
    """Add one finding of a source, or bring it up to date; the others of the source stay as they are. The caller commits."""
    moment = now()
    row = db.session.scalars(select(Finding).where(Finding.source == source, Finding.key == finding.key)).first()
    if row is None:
        row = Finding(key=finding.key, code=finding.code, source=source, first_seen_at=moment)
        db.session.add(row)
    row.weight, row.subject, row.customer_id = finding.weight, finding.subject, finding.customer_id
    row.params, row.last_seen_at, row.cleared_at = dict(finding.params), moment, None
    db.session.flush()


def clear_source(source: str) -> None:
    """A person has dealt with everything that this source found. The caller commits."""
    for row in db.session.scalars(select(Finding).where(Finding.source == source, Finding.cleared_at.is_(None))):
        row.cleared_at = now()


def open_of(source: str) -> list[Finding]:
    """The open findings of a source. Reads only."""
    return list(
        db.session.scalars(select(Finding).where(Finding.source == source, Finding.cleared_at.is_(None)).order_by(Finding.id))
    )


def still_open(*, source: str, code: str) -> list[Finding]:
    """The open findings of a source with this code."""
    wanted = select(Finding).where(Finding.source == source, Finding.code == code, Finding.cleared_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Finding.id)))


def clear(*, code: str, subject: str) -> None:
    """What a person has just put right is no finding any more, before the next run looks. The caller commits."""
    wanted = select(Finding).where(Finding.code == code, Finding.subject == subject, Finding.cleared_at.is_(None))
    for row in db.session.scalars(wanted):
        row.cleared_at = now()
