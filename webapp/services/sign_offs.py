"""Billing checks that a person signed: frozen copies, kept for ever. Nothing here changes or deletes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from webapp.context import now
from webapp.domain import Month, Reason
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import SignOff
from webapp.services import audit, billing_check, findings
from webapp.services.billing_check import Check
from webapp.services.billing_rows import Row, row_of, totals

LONGEST_NOTE = 2000
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Signed:
    """A sign-off without its rows, for lists."""

    id: int
    month: str
    signed_by: str
    signed_at: datetime
    note: str | None


@dataclass(frozen=True)
class Drift:
    """By how much a signed check differs from today's figures: rows, units and money of the open differences."""

    rows: int
    difference: int
    amount: Decimal


def sign(*, month: Month, by: str, note: str = "", seal: str, confirmed: bool) -> SignOff:
    """Freeze the check of the month as it is now. ``seal``: that of the check which the signer saw. Flushes.

    The findings about what the month lacks are dealt with by that: the signer saw them, and the copy holds them.

    Raises Refused: sign_nothing (the month was never read), sign_changed (the figures are others than those seen),
    sign_unconfirmed (the month runs, something is open or the figures are not complete, and the signer did not say so).
    """
    check = billing_check.check(month)
    if check.read_at is None:
        raise Refused("sign_nothing", "note", month=str(month))
    if seal != check.seal():
        raise Refused("sign_changed", "note")
    if check.needs_confirmation and not confirmed:
        raise Refused("sign_unconfirmed", "confirmed")
    note = note.strip()[:LONGEST_NOTE]
    signed = SignOff(month=str(month), signed_by=by, signed_at=now(), note=note or None, document=check.document())
    db.session.add(signed)
    db.session.flush()
    after = {"month": str(month), "differences": check.differences, "note": note or None, "seal": seal}
    findings.clear_source(billing_check.missed_source(month))
    audit.record(by=by, action="billing_check.signed", subject=f"sign_off:{signed.id}", after=after)
    return signed


def get(sign_off_id: int) -> SignOff:
    """One sign-off; raises NotFound."""
    found = db.session.get(SignOff, sign_off_id) if 0 < sign_off_id <= LARGEST_ID else None
    if found is None:
        raise NotFound("sign-off", sign_off_id)
    return found


def listed(month: Month | None = None) -> list[Signed]:
    """All sign-offs, or those of a month, the newest first."""
    columns = (SignOff.id, SignOff.month, SignOff.signed_by, SignOff.signed_at, SignOff.note)
    wanted = select(*columns).order_by(SignOff.id.desc())
    rows = db.session.execute(wanted if month is None else wanted.where(SignOff.month == str(month)))
    return [Signed(*row) for row in rows]


def frozen(signed: SignOff) -> Check:
    """The check as it was signed."""
    document = signed.document
    rows = [row_of(each) for each in document["rows"]]
    return Check(
        month=Month.parse(document["month"]),
        rows=rows,
        totals=totals(rows),
        read_at=_moment(document["read_at"]),
        lines_read_at=_moment(document["lines_read_at"]),
        problems=[Reason(each["code"], each["params"]) for each in document["problems"]],
        missed=[Reason(each["code"], each["params"]) for each in document.get("missed", ())],
        running=document["running"],
    )


def drift(signed: Check, current: Check) -> Drift | None:
    """By how much today's figures differ from the signed ones, None where they do not."""
    before, after = _by_key(signed.rows), _by_key(current.rows)
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    if not changed:
        return None
    then, today = signed.totals["usage"], current.totals["usage"]
    amount = (today.amount or Decimal(0)) - (then.amount or Decimal(0))
    return Drift(len(changed), today.difference - then.difference, amount)


def _by_key(rows: Sequence[Row]) -> Mapping[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row.figures)
    return found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
