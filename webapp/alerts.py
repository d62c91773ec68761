"""PURE: alerts and tickets as values, shared by clients, services and tests (reference/sophos-api.md, section 6, and
reference/autotask-api.md, section 8). Moments are in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

COMPLETE = 5
"""The ticket status "Complete": a system value, the same in every Autotask (section 8)."""
NEW = 1
"""The ticket status "New", likewise."""


class Action(StrEnum):
    """What a rule does with an alert."""

    CREATE = "create"
    IGNORE = "ignore"
    ACKNOWLEDGE = "acknowledge"


class AckResult(StrEnum):
    """How an acknowledgement ended."""

    DONE = "done"
    GONE = "gone"  # 404: the alert is no longer open, which is as good
    NOT_OFFERED = "not_offered"  # the alert does not allow it
    DENIED = "denied"  # 403: this credential may not
    FAILED = "failed"  # no usable answer; safe to repeat


@dataclass(frozen=True)
class Alert:
    """One open alert of a customer. What Sophos leaves out is an empty text (``device_id``: a tenant-wide alert has none).

    ``group_key`` is Sophos' own, undecoded. ``severity``, ``category``, ``product`` and ``type`` are open lists: values never
    seen before come through as they are.
    """

    id: str
    customer_id: str
    raised_at: datetime
    severity: str = ""
    category: str = ""
    product: str = ""
    type: str = ""
    description: str = ""
    group_key: str = ""
    device_id: str = ""
    device_name: str = ""
    device_type: str = ""
    person: str = ""
    allowed_actions: tuple[str, ...] = ()

    @property
    def may_acknowledge(self) -> bool:
        return "acknowledge" in self.allowed_actions


@dataclass(frozen=True)
class TicketSeen:
    """A ticket as Autotask has it now. ``assigned``: a technician is. ``creator_id`` is the resource that made it."""

    id: int
    number: str
    title: str
    status: int | None
    company_id: int | None
    queue_id: int | None
    assigned: bool
    completed_at: datetime | None
    key: str  # externalID
    creator_id: int | None

    @property
    def is_complete(self) -> bool:
        return self.status == COMPLETE or self.completed_at is not None


@dataclass(frozen=True)
class NoteSeen:
    """A note on a ticket. ``resource_id`` or ``contact_id`` says who wrote it."""

    id: int
    ticket_id: int
    title: str
    text: str
    resource_id: int | None
    contact_id: int | None


@dataclass(frozen=True)
class Choice:
    """One value of a picklist. ``parent`` is the value of the field it depends on (an issue type, for a sub-issue type)."""

    value: int
    label: str
    active: bool = True
    is_default: bool = False
    is_system: bool = False
    parent: int | None = None


@dataclass(frozen=True)
class TicketField:
    """One field of Tickets as this Autotask describes it."""

    name: str
    required: bool = False
    read_only: bool = False
    queryable: bool = True
    length: int | None = None
    choices: tuple[Choice, ...] = field(default=())
