"""PURE: what the billing check says: its rows and its totals, and the plain document they are kept as (design, section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """How a row stands. All but BILLED, EXCLUDED and NOTHING are open: something is to be done, waited for or decided.

    WITHOUT_USAGE: Autotask bills what Sophos does not name. NOT_READ: the line was not read since usage, mapping or rule is
    as it is now. NOTHING: used, and rightly nothing to bill.
    """

    FAILED = "failed"
    UNBILLED = "unbilled"
    WITHOUT_USAGE = "without_usage"
    HELD = "held"
    WAITING = "waiting"
    LOWER = "lower"
    NOT_READ = "not_read"
    DISMISSED = "dismissed"
    BILLED = "billed"
    EXCLUDED = "excluded"
    NOTHING = "nothing"


SETTLED = frozenset({Standing.BILLED, Standing.EXCLUDED, Standing.NOTHING})
VIEWS: Mapping[str, frozenset[Standing]] = {
    "all": frozenset(Standing),
    "differences": frozenset(Standing) - SETTLED,
    "unbilled": frozenset({Standing.UNBILLED}),
    "held": frozenset({Standing.HELD}),
    "waiting": frozenset({Standing.WAITING, Standing.LOWER}),
}
"""The filters of the page."""


@dataclass(frozen=True)
class Named:
    """Something with its id (text) and the name that people know."""

    id: str
    name: str


@dataclass(frozen=True)
class Row:
    """A contract line with the usage that feeds it; or usage of one customer and product that feeds none (``line_id`` None).

    ``ordered``, ``actual``, ``billable`` are licences, the sums of what could be read; None where nothing could. ``unreadable``
    counts the usage figures that could not be, ``included`` the licences that are free of charge by the rule. ``target`` are
    the units that the rule makes of the usage, ``units`` those in Autotask, ``confirmed`` the last that Kontor itself proved.
    ``difference`` is target less units (less those that Kontor has confirmed for a later date), ``amount`` that times
    ``price`` (of one unit, in the currency of Autotask); what is not known is None, never 0. ``code`` and ``params`` give the
    sentence; ``until`` is the day on which a waiting one goes on.
    """

    standing: Standing
    customers: tuple[Named, ...]
    products: tuple[Named, ...]
    line_id: int | None = None
    contract_id: int | None = None
    contract: str = ""
    service_id: int | None = None
    service: str = ""
    ordered: int | None = None
    actual: int | None = None
    billable: int | None = None
    unreadable: int = 0
    included: int = 0
    target: int | None = None
    units: int | None = None
    confirmed: int | None = None
    confirmed_on: date | None = None
    price: Decimal | None = None
    difference: int | None = None
    amount: Decimal | None = None
    posted: bool = False
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    until: date | None = None

    @property
    def open(self) -> bool:
        return self.standing not in SETTLED

    @property
    def key(self) -> str:
        """What stays the same when the figures change: the line, or customer and product."""
        if self.line_id is not None:
            return f"line:{self.line_id}"
        return "usage:" + ":".join(each.id for each in (*self.customers, *self.products))

    @property
    def figures(self) -> tuple[object, ...]:
        """What a later look is compared by."""
        return self.standing, self.billable, self.target, self.units, self.price

    def has(self, words: str) -> bool:
        """Whether every word stands in a name or an id of the row."""
        named = (*self.customers, *self.products)
        text = " ".join((self.contract, self.service, *(f"{each.id} {each.name}" for each in named))).casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class Total:
    """The sum over some rows. ``worth`` is target times price, ``billed`` units times price, ``amount`` the differences in money,
    over the rows that have a price, None where none has; ``unpriced`` counts the rows in which something is due or billed and
    no price is known, ``unknown`` those in which the units in Autotask are not known, and so no difference is."""

    rows: int = 0
    billable: int = 0
    unreadable: int = 0
    included: int = 0
    target: int = 0
    units: int = 0
    difference: int = 0
    worth: Decimal | None = None
    billed: Decimal | None = None
    amount: Decimal | None = None
    unpriced: int = 0
    unknown: int = 0


def total(rows: Sequence[Row]) -> Total:
    """The sums; what is not known adds nothing and is counted (``unreadable``, ``unpriced``)."""
    priced = [(row.price, row) for row in rows if row.price is not None]
    return Total(
        rows=len(rows),
        billable=sum(row.billable or 0 for row in rows),
        unreadable=sum(row.unreadable for row in rows),
        included=sum(row.included for row in rows),
        target=sum(row.target or 0 for row in rows),
        units=sum(row.units or 0 for row in rows),
        difference=sum(row.difference or 0 for row in rows),
        worth=_money(price * row.target for price, row in priced if row.target is not None),
        billed=_money(price * row.units for price, row in priced if row.units is not None),
        amount=_money(row.amount for row in rows if row.amount is not None),
        unpriced=sum(row.price is None and bool(row.target or row.units) for row in rows),
        unknown=sum(row.difference is None and bool(row.target) for row in rows),
    )


def _money(amounts: Iterable[Decimal]) -> Decimal | None:
    """The sum; None where there is nothing to add: what is not known is never 0."""
    known = list(amounts)
    return sum(known, Decimal(0)) if known else None


def totals(rows: Sequence[Row]) -> dict[str, Total]:
    """The total of all rows (``usage``) and of each standing that has some, in a fixed order."""
    found = {"usage": total(rows)}
    for standing in Standing:
        if mine := [row for row in rows if row.standing is standing]:
            found[standing.value] = total(mine)
    return found


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Differences first: those in money by their size, then those without a price by their licences, then what is settled."""
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[Any, ...]:
    names = ([each.name.casefold() for each in row.customers], row.contract, row.service, row.key)
    if not row.open:
        return 2, 0, *names
    if row.amount is not None:
        return 0, -abs(row.amount), *names
    return 1, -abs(row.difference or 0), *names


def view(rows: Iterable[Row], *, name: str = "all", words: str = "") -> list[Row]:
    """The rows of a filter that have the words; an unknown filter is all."""
    wanted = VIEWS.get(name, VIEWS["all"])
    return [row for row in rows if row.standing in wanted and (not words or row.has(words))]


# --- the document ---------------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Rows and totals as JSON knows them: money as numbers, dates as ISO text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Row | Total | Named):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def row_of(document: Mapping[str, Any]) -> Row:
    """The row that ``plain`` wrote. Fields that a later version added have their defaults, those it dropped are left out."""
    known = {each.name for each in fields(Row)}
    values = {name: value for name, value in document.items() if name in known}
    values["standing"] = Standing(document["standing"])
    for name in ("customers", "products"):
        values[name] = tuple(Named(each["id"], each["name"]) for each in document[name])
    for name in ("confirmed_on", "until"):
        values[name] = date.fromisoformat(document[name]) if document.get(name) else None
    for name in ("price", "amount"):
        values[name] = money(document.get(name))
    return Row(**values)


def money(value: float | None) -> Decimal | None:
    """A price or amount without the noise of binary fractions; None stays unknown."""
    return None if value is None else Decimal(str(value))
