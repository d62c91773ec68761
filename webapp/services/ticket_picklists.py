"""Autotask's fields of Tickets with their picklists, mirrored: what this Autotask offers (section 13, 26).

Queues, priorities and sources differ in every Autotask, so nothing is assumed but the two system values of the status. This
module knows no settings: what they may be is checked by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from webapp.alerts import Choice, TicketField
from webapp.context import now
from webapp.extensions import db
from webapp.models import TicketFieldRow

FRESH_FOR = timedelta(hours=24)


def store(fields: Iterable[TicketField]) -> None:
    """Keep what Autotask says of the fields of Tickets, in place of what was kept before. The caller commits."""
    moment, kept = now(), {field.name: field for field in fields}
    if not kept:
        return
    db.session.execute(delete(TicketFieldRow).where(TicketFieldRow.name.not_in(kept)))
    for field in kept.values():
        choices = [asdict(choice) for choice in field.choices]
        row = {"required": field.required, "read_only": field.read_only, "queryable": field.queryable, "length": field.length}
        db.session.merge(TicketFieldRow(name=field.name, choices=choices, read_at=moment, **row))
    db.session.flush()


def read_at() -> datetime | None:
    """When the fields were last read, None for never. Reads only."""
    return db.session.scalar(select(func.min(TicketFieldRow.read_at)))


def is_stale(age: timedelta = FRESH_FOR) -> bool:
    read = read_at()
    return read is None or now() - read > age


def field(name: str) -> TicketField | None:
    """One field by its name, upper and lower case alike; None where Autotask has none or was not asked yet."""
    row = db.session.scalar(select(TicketFieldRow).where(func.lower(TicketFieldRow.name) == name.lower()))
    if row is None:
        return None
    return TicketField(
        row.name, row.required, row.read_only, row.queryable, row.length, tuple(Choice(**choice) for choice in row.choices)
    )


def active(name: str) -> tuple[Choice, ...]:
    """The choices of a picklist that may be taken; inactive ones are absent."""
    found = field(name)
    return tuple(choice for choice in found.choices if choice.active) if found else ()


def resolve(name: str, text: str) -> int | None:
    """The value of field ``name`` meant by an id or a label; None where it is not exactly one active choice. While Autotask was
    not asked yet, and where it lists none, an id is taken as it is."""
    text, known = text.strip(), field(name)
    if known is None or not known.choices:
        return int(text) if text.isdecimal() else None
    choices = [choice for choice in known.choices if choice.active]
    by_id = [choice.value for choice in choices if str(choice.value) == text]
    by_label = [choice.value for choice in choices if choice.label.strip().casefold() == text.casefold()]
    found = by_id or by_label
    return found[0] if len(found) == 1 else None


def inactive(fields: Mapping[str, Any]) -> str | None:
    """The first field of a ticket whose value Autotask offers no longer; None where all are offered (or it is no picklist)."""
    for name, value in fields.items():
        known = field(name)
        if known is None or not known.choices:
            continue
        if all(choice.value != value or not choice.active for choice in known.choices):
            return known.name
    return None


def more_fields(text: str) -> dict[str, Any]:
    """The further fields of the setting ``ticket_more_fields``: one ``name=value`` in a line; whole numbers as numbers.
    Lines without a name are left out."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator and name.strip() and value.strip():
            plain = value.strip()
            found[name.strip()] = int(plain) if plain.lstrip("-").isdecimal() else plain
    return found


def names() -> frozenset[str]:
    """The names of all fields of Tickets that this Autotask has. Reads only."""
    return frozenset(db.session.scalars(select(TicketFieldRow.name)))


def key_is_queryable() -> bool:
    """Whether tickets can be found by their key (``externalID``); assumed until this Autotask says otherwise. Reads only."""
    found = field("externalID")
    return found is None or found.queryable
