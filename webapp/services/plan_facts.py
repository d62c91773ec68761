"""PURE: what the plan of a contract is made from, and what it says of one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from webapp.domain import Contract, LineState, Mode, ProductRule, Quantity, Reason, UnitRow


@dataclass(frozen=True)
class Member:
    """A customer that is mapped to the contract. ``present``: Sophos still lists it."""

    customer_id: str
    name: str
    usage_sync: bool = True
    present: bool = True
    account_status: str = "active"


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
class Line:
    """A contract service with what is known of it.

    ``rows``: the unit rows that Autotask gave for D. ``later``: the rows after D, None while they have not been read.
    ``own_later``: Kontor's own confirmed changes after D, by date. ``used_dates``: dates on which the ledger already has a
    change of this line. ``open_state``: the state of a change whose outcome is not settled.
    """

    contract_service_id: int
    service_id: int
    service_name: str
    period_type: int | None = None
    rows: tuple[UnitRow, ...] = ()
    later: tuple[UnitRow, ...] | None = None
    own_later: Mapping[date, int] = field(default_factory=dict)
    confirmed_units: int | None = None
    used_dates: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Facts:
    """Everything the plan of one contract needs. ``rules`` are keyed by (product code, customer id)."""

    contract_id: int
    contract_name: str
    contract: Contract | None
    members: tuple[Member, ...]
    lines: tuple[Line, ...]
    usage: tuple[Used, ...]
    rules: Mapping[tuple[str, str], ProductRule]
    mapped_services: frozenset[int]
    service_names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """The guard of a run."""

    mode: Mode = Mode.AUTOMATIC
    increase_percent: int = 50
    increase_units: int = 10
    hold_drift: bool = True


@dataclass(frozen=True)
class LinePlan:
    """What the plan says of one line. ``code`` is set for what stands in the catalogue of error codes."""

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

    @property
    def delta(self) -> int | None:
        return None if self.before is None or self.target is None else self.target - self.before
