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


class AlertState(StrEnum):
    """What became of an alert that Kontor has seen. Whether it is still open at Sophos is another question (``gone_at``)."""

    UNMAPPED = "unmapped"  # its customer has no company in Autotask: counted and shown
    SHOWN = "shown"  # it was open already when ticket sync was switched on
    WAITING = "waiting"  # its rule waits before it makes a ticket
    PLANNED = "planned"  # would make a ticket, but Kontor may not make any yet
    IGNORED = "ignored"  # by rule
    ACKNOWLEDGED = "acknowledged"  # by rule, without a ticket
    TICKETED = "ticketed"  # has a ticket, its own or that of its trouble
    RECOVERY = "recovery"  # says itself that a trouble is over
    OVER = "over"  # over before its ticket was made


class Gone(StrEnum):
    """How an alert ended."""

    VANISHED = "vanished"  # Sophos no longer has it (404)
    EXPIRED = "expired"  # the same, at an age at which Sophos drops alerts by itself: says nothing about the trouble
    RECOVERED = "recovered"  # its recovering partner came
    ACKNOWLEDGED = "acknowledged"  # Kontor acknowledged it


class TicketState(StrEnum):
    """A ticket of Kontor's. OPENING, OPEN and FAILED hold their trouble: nothing else opens a ticket for it."""

    OPENING = "opening"  # the intent is kept; not yet, or not certainly, in Autotask
    OPEN = "open"
    FAILED = "failed"  # Autotask refused it; a person may retry
    COMPLETED = "completed"
    DELETED = "deleted"  # gone from Autotask
    DROPPED = "dropped"  # over before it was made, or given up by a person


class TicketKind(StrEnum):
    ALERT = "alert"
    BURST = "burst"  # gathers many alerts of one customer
    TEST = "test"


class StepKind(StrEnum):
    """One thing to do about a ticket, or one thing seen on it (the last three)."""

    CREATE = "create"
    NOTE = "note"
    COMPLETE = "complete"
    REOPEN = "reopen"
    ACKNOWLEDGE = "acknowledge"
    SEEN_COMPLETED = "seen_completed"
    SEEN_REOPENED = "seen_reopened"
    SEEN_DELETED = "seen_deleted"


class StepState(StrEnum):
    """From the intent to the proof."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"  # sent, and what came of it is not known yet
    DONE = "done"
    FAILED = "failed"  # refused; a person may retry
    DROPPED = "dropped"  # no longer wanted


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
