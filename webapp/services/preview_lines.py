"""PURE: what Autotask will about bill for a change: the whole period, or the days that are left of it.

Autotask takes a change on any day and prorates it by a formula of its own, which is not published (reference/autotask-api.md,
section 7). What is reckoned here is therefore told as "about": days that are left, by days of the period.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from webapp.domain import Reason

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Share:
    """``days`` of the ``of`` days of a period, both ends counted."""

    days: int
    of: int

    @property
    def is_full(self) -> bool:
        return self.days == self.of


def share_of(effective: date | None, start: date | None, end: date | None) -> Share | None:
    """How much of the period from ``start`` to ``end`` a change on ``effective`` is billed for; None where it is not known."""
    if effective is None or start is None or end is None or not start <= effective <= end:
        return None
    return Share((end - effective).days + 1, (end - start).days + 1)


@dataclass(frozen=True)
class ExpectedLine:
    """A change of one line as a person is shown it before it is posted.

    ``period_start`` and ``period_end``: the billing period of the effective date. ``price`` is that of one unit for a period,
    None where it is not known. ``waits_until``: not posted before that day. ``reason``: why the line is as it is.
    """

    service: str
    contract: str
    customers: tuple[str, ...]
    before: int | None
    target: int | None
    delta: int | None
    effective_date: date | None
    period_start: date | None = None
    period_end: date | None = None
    price: float | None = None
    waits_until: date | None = None
    reason: Reason | None = None

    @property
    def share(self) -> Share | None:
        return share_of(self.effective_date, self.period_start, self.period_end)

    @property
    def amount(self) -> float | None:
        """About what the change is worth in the period of its effective date, to the cent; below zero for a decrease."""
        exact = _exact(self)
        return None if exact is None else float(exact.quantize(_CENT))


@dataclass(frozen=True)
class Totals:
    """``more`` and ``fewer``: the licences of all increases and of all decreases (below zero). ``amount``: about what all lines
    with a known price are worth together, None where there is none; ``unpriced``: how many have none."""

    lines: int
    more: int
    fewer: int
    full: int
    prorated: int
    amount: float | None
    unpriced: int


def totals(lines: Iterable[ExpectedLine]) -> Totals:
    """The sums over the lines; amounts are added before they are rounded."""
    each = list(lines)
    amounts = [exact for line in each if (exact := _exact(line)) is not None]
    shares = [share for line in each if (share := line.share)]
    return Totals(
        lines=len(each),
        more=sum(line.delta for line in each if line.delta and line.delta > 0),
        fewer=sum(line.delta for line in each if line.delta and line.delta < 0),
        full=sum(share.is_full for share in shares),
        prorated=sum(not share.is_full for share in shares),
        amount=float(sum(amounts, Decimal(0)).quantize(_CENT)) if amounts else None,
        unpriced=len(each) - len(amounts),
    )


def _exact(line: ExpectedLine) -> Decimal | None:
    share = line.share
    if share is None or line.price is None or line.delta is None:
        return None
    return Decimal(str(line.price)) * line.delta * share.days / share.of
