"""PURE: the values that clients, services, plan and tests share, in Kontor's own words. No database, no Flask, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MINYEAR, date, datetime, timedelta
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a user may do; each role may do everything that the one before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Mode(StrEnum):
    """What happens to a planned change."""

    OBSERVE = "observe"
    APPROVE = "approve"
    AUTOMATIC = "automatic"
    PAUSED = "paused"


class Billing(StrEnum):
    """How an installation or a contract bills (design, section 7.2); Sophos' own integration has the same three frequencies."""

    DAILY = "daily"
    MONTHLY = "monthly"
    ARREARS = "arrears"


class Origin(StrEnum):
    """Where a change comes from: the usage, the undoing of another change, or the correction of a conflict."""

    PLAN = "plan"
    UNDO = "undo"
    CORRECTION = "correction"


class Decision(StrEnum):
    """What a person said of a change."""

    APPROVED = "approved"
    DISMISSED = "dismissed"
    ADOPTED = "adopted"
    CORRECTED = "corrected"


class RunKind(StrEnum):
    REFRESH = "refresh"
    USAGE = "usage"
    TICKETS = "tickets"


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


ACTIVE_RUN_STATES = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)


class ResultState(StrEnum):
    """How a run ended for one customer."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


class LineState(StrEnum):
    """What a run says of one line; those from PLANNED to SUPERSEDED but BLOCKED are also states of a change in the ledger."""

    IN_STEP = "in_step"
    LOWER_SO_FAR = "lower_so_far"
    PLANNED = "planned"
    HELD = "held"
    DEFERRED = "deferred"
    POSTING = "posting"
    CONFIRMED = "confirmed"
    NOT_APPLIED = "not_applied"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"


FAILED_LINE_STATES = frozenset(
    {LineState.REJECTED, LineState.UNKNOWN, LineState.NOT_APPLIED, LineState.CONFLICT, LineState.BLOCKED}
)
OPEN_CHANGE_STATES = frozenset({LineState.POSTING, LineState.UNKNOWN, LineState.CONFLICT})


class Quantity(StrEnum):
    """Which of Sophos' three figures a product is billed by."""

    BILLABLE = "billable"
    ACTUAL = "actual"
    ORDERED = "ordered"


@dataclass(frozen=True)
class Reason:
    """Why something is as it is: a stable key of the catalogue in webapp/texts.py and the figures that its sentence names.

    ``params`` hold plain JSON values; dates as ISO text. The sentence is made in the reader's language when it is shown.
    """

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """``YYYY-MM``; raises ValueError for anything else."""
        year, dash, month = text.partition("-")
        digits = year + month
        written = dash and len(year) == 4 and len(month) == 2 and digits.isascii() and digits.isdecimal()
        if not (written and int(year) >= MINYEAR and 1 <= int(month) <= 12):
            raise ValueError(text)
        return cls(int(year), int(month))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.following.first_day - timedelta(days=1)

    @property
    def following(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)


# --- what Sophos says ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whoami:
    """Who a Sophos credential belongs to; ``id_type`` must be ``partner`` for Kontor."""

    id: str
    id_type: str


@dataclass(frozen=True)
class Tenant:
    """A tenant of Sophos Central Partner: a customer. ``id`` is the UUID in lower case; ``api_host`` may be missing."""

    id: str
    name: str
    show_as: str | None
    data_geography: str
    data_region: str
    billing_type: str
    status: str | None
    api_host: str | None
    product_codes: tuple[str, ...] = ()
    email_domain: str | None = None


@dataclass(frozen=True)
class UsageItem:
    """One line of Sophos' usage report. Quantities are as sent: None where missing or no whole number ("unreadable")."""

    customer_id: str | None
    customer_name: str | None
    product_code: str
    product_description: str
    product_group: str
    sku: str
    order_number: str
    order_line: str
    account_status: str
    billable: int | None
    actual: int | None
    ordered: int | None


@dataclass(frozen=True)
class UsageReport:
    """A month's usage for the partner or the chosen customers.

    ``missing`` says that Sophos answered "no data" (404 or an empty list). An incomplete reading is an error, never a report.
    """

    month: Month
    items: tuple[UsageItem, ...]
    missing: bool = False


# --- what Autotask says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Zone:
    """The Autotask zone of a user: base address of its API (no slash at the end), name, and the number of the database."""

    url: str
    name: str
    web_url: str
    database: int | None


@dataclass(frozen=True)
class Company:
    id: int
    name: str
    number: str | None
    company_type: int | None
    is_active: bool
    city: str | None
    web_address: str | None


@dataclass(frozen=True)
class Contract:
    """A recurring service contract. Dates are plain dates, both inclusive; ``period_type`` as in autotask-api.md, section 6."""

    id: int
    company_id: int
    name: str
    number: str | None
    contract_type: int | None
    status: int | None
    start_date: date | None
    end_date: date | None
    period_type: int | None
    renewed_contract_id: int | None


@dataclass(frozen=True)
class Service:
    id: int
    name: str
    sku: str | None
    external_id: str | None
    description: str | None
    period_type: int | None
    unit_price: float | None
    is_active: bool


@dataclass(frozen=True)
class ContractService:
    """A service as a line of one contract."""

    id: int
    contract_id: int
    service_id: int


@dataclass(frozen=True)
class UnitRow:
    """How many units of a line Autotask bills from ``start_date`` to ``end_date`` (both inclusive).

    ``units`` is None where the answer held no whole number. ``posted`` says that the period was approved and posted.
    """

    id: int
    contract_service_id: int
    start_date: date | None
    end_date: date | None
    units: int | None
    price: float | None
    posted: bool


@dataclass(frozen=True)
class Threshold:
    """Calls to this Autotask database in the running hour, by all integrations, and how many are allowed."""

    used: int
    limit: int


@dataclass(frozen=True)
class Calls:
    """How many HTTP requests were sent to each system, token, zone and repeats included."""

    sophos: int = 0
    autotask: int = 0


@dataclass(frozen=True)
class Lease:
    """The right to work on something until ``expires_at`` (UTC). A later holder has a higher ``fence``."""

    name: str
    owner: str
    fence: int
    expires_at: datetime


# --- product mapping ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProductRule:
    """How one product is billed for one customer: the customer's own row laid over the row for all.

    ``service_id`` None: the product has no service. ``included`` licences are free of charge; ``minimum`` and ``pack_size``
    hold for the whole line. ``contract_service_id`` chooses between lines where a service stands twice on a contract.
    """

    product_code: str
    service_id: int | None
    quantity: Quantity = Quantity.BILLABLE
    included: int = 0
    minimum: int = 0
    pack_size: int = 1
    exclude: bool = False
    contract_service_id: int | None = None


# --- posting --------------------------------------------------------------------------------------------------------------


class PostResult(StrEnum):
    """What is known after sending one adjustment (design, section 7.2 "Posting").

    ACCEPTED: 200 with JSON. REJECTED: refused for good. DUPLICATE: refused because this line and date already have one.
    NOT_SENT: no byte went out. BUSY: a known thread or threshold text, nothing was done. UNKNOWN: everything else.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    NOT_SENT = "not_sent"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PostOutcome:
    """``text`` is what Autotask said, shortened; ``answered`` whether Autotask itself answered (a 500 with an unknown text did,
    a gateway's page did not); ``code`` a key of webapp/codes for a refusal with a code of its own (credentials_refused,
    permission_missing); ``status`` the HTTP status, None where no answer came; ``item_id`` what was made, where the answer names
    it."""

    result: PostResult
    text: str = ""
    answered: bool = True
    code: str | None = None
    status: int | None = field(default=None, compare=False)
    item_id: int | None = field(default=None, compare=False)
