"""PURE: what the plan of a contract is made from, and what it says of one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from webapp.domain import Billing, Contract, LineState, Mode, ProductRule, Quantity, Reason, UnitRow


@dataclass(frozen=True)
class Member:
    """A customer that is mapped to the contract. ``present``: Sophos still lists it. ``left_out``: a person decided to leave it
    out of this contract's sum while it is paused or gone."""

    customer_id: str
    name: str
    usage_sync: bool = True
    present: bool = True
    account_status: str = "active"
    left_out: bool = False


@dataclass(frozen=True)
class Used:
    """A month's sums over order lines for one customer and product; None where an order line held no usable figure."""

    customer_id: str
    product_code: str
    billable: int | None
    actual: int | None = None
    ordered: int | None = None

    def figure(self, kind: Quantity) -> int | None:
        figures = {Quantity.BILLABLE: self.billable, Quantity.ACTUAL: self.actual, Quantity.ORDERED: self.ordered}
        return figures[kind]


@dataclass(frozen=True)
class OwnChange:
    """A change that Kontor confirmed on a line: its effective date, by how much, to what. ``order`` is that of confirmation."""

    day: date
    delta: int
    target: int
    order: int = 0


@dataclass(frozen=True)
class Step:
    """A change of the units on ``day`` that was scheduled in Autotask by somebody; ``units`` None: it cannot be read."""

    day: date
    units: int | None


@dataclass(frozen=True)
class Line:
    """A contract service with what is known of it.

    ``rows``: the unit rows that Autotask gave for the days in question. ``later``: all rows after the first of them, None while
    they have not been read. ``own``: Kontor's own confirmed changes. ``used_dates``: dates on which the ledger already has a
    change of this line. ``confirmed_units``: what Kontor last confirmed, None where it never did. ``pinned``: a run on it was
    undone, and nothing is changed until a person releases it. ``later_decision`` (overwrite or keep) is a person's, about
    ``later_step``. ``decided``: the billing day of this month has decided the line.
    """

    contract_service_id: int
    service_id: int
    service_name: str
    period_type: int | None = None
    rows: tuple[UnitRow, ...] = ()
    later: tuple[UnitRow, ...] | None = None
    own: tuple[OwnChange, ...] = ()
    confirmed_units: int | None = None
    used_dates: frozenset[date] = frozenset()
    pinned: bool = False
    later_decision: str | None = None
    later_step: Step | None = None
    decided: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything the plan of one contract needs. ``rules`` are keyed by (product code, customer id).

    ``billing`` is the installation's way, or the contract's own where ``own_billing``. ``newly_left_out``: a customer that was
    left out of the sum, and no person has approved a change of the contract since. No ``members``: no mapping names the
    contract any more, but Kontor has confirmed a change on one of its ``lines``.
    """

    contract_id: int
    contract_name: str
    contract: Contract | None
    members: tuple[Member, ...]
    lines: tuple[Line, ...]
    usage: tuple[Used, ...]
    rules: Mapping[tuple[str, str], ProductRule]
    mapped_services: frozenset[int]
    service_names: Mapping[int, str] = field(default_factory=dict)
    billing: Billing = Billing.DAILY
    own_billing: bool = False
    newly_left_out: str | None = None


@dataclass(frozen=True)
class Limits:
    """The guard of a run."""

    mode: Mode = Mode.AUTOMATIC
    increase_percent: int = 50
    increase_units: int = 10
    decrease_percent: int = 20
    decrease_units: int = 3
    run_stop_percent: int = 10
    hold_drift: bool = True


@dataclass(frozen=True)
class LinePlan:
    """What the plan says of one line. ``code`` is set for what stands in the catalogue of error codes.

    ``units``, in force on ``units_on``, are what Autotask has for the month; ``posted`` says whether that period was approved and
    posted. ``price`` is that of the unit row on the date of a change; ``period_start`` and ``period_end``: the billing period of
    the effective date. ``waits_until``: planned, and not posted before that day. ``reported``: planned, and never posted by this
    run. ``decided``: both directions were decided. ``needs_later``: the later unit rows must be read before anything is posted.
    ``missed``: units that an earlier period (``missed_from`` its day) lacks, below zero where it has too many.
    """

    contract_id: int
    contract_name: str
    contract_service_id: int | None
    service_id: int | None
    service_name: str
    customer_ids: tuple[str, ...]
    products: tuple[str, ...]
    before: int | None
    target: int | None
    effective_date: date | None
    state: LineState
    reason: Reason
    code: str | None = None
    price: float | None = None
    period_start: date | None = None
    period_end: date | None = None
    waits_until: date | None = None
    reported: bool = False
    decided: bool = False
    needs_later: bool = False
    missed: int = 0
    missed_from: date | None = None
    units: int | None = None
    units_on: date | None = None
    posted: bool = False

    @property
    def is_due(self) -> bool:
        """Whether a change is to be kept for this line now: held or posted."""
        due = self.state in (LineState.PLANNED, LineState.HELD)
        return due and self.waits_until is None and not self.reported

    @property
    def delta(self) -> int | None:
        return None if self.before is None or self.target is None else self.target - self.before
