"""Reads the usage of a month from Sophos and keeps it, or says why it cannot be used (design, section 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webapp.clients.errors import UsageIncomplete
from webapp.clients.sophos.client import SophosClient
from webapp.context import today
from webapp.domain import Month, Reason, UsageReport
from webapp.extensions import db
from webapp.services import products, usage_findings, usage_history

FIRST_DAYS = 3
"""On these days of a month Sophos may have no usage yet; later, none is a failure."""
SINGLE_READS = 5
"""Up to this many customers are asked for one by one (``accountId`` names one); for more, the whole list is cheaper."""


class RunStopped(Exception):
    """The run ends here and posts nothing more; ``reason`` says why. ``quiet``: that is no failure (usage_not_yet)."""

    def __init__(self, reason: Reason, *, quiet: bool = False) -> None:
        super().__init__(reason.key)
        self.reason = reason
        self.quiet = quiet


def read_and_keep(
    sophos: SophosClient,
    month: Month,
    *,
    run_id: int,
    customer_ids: Sequence[str] | None,
    alive: Callable[[], None],
    closed: bool = False,
) -> None:
    """Read and store the usage of ``month``; new products are mapped where exactly one service fits. Commits.

    ``customer_ids``: all customers on the chosen contracts, None for the whole partner. Raises RunStopped, ApiError.
    """
    chosen = sorted(customer_ids) if customer_ids is not None and len(customer_ids) <= SINGLE_READS else None
    last = usage_history.reading(month)
    had_data = last is not None and last.items > 0
    had_usage = {row.customer_id for row in usage_history.of_customers(month, chosen)} if chosen else set()
    db.session.commit()
    report = _report(sophos, month, chosen)
    if chosen is not None and (report.missing or had_usage - {item.customer_id for item in report.items}):
        # nothing for one of these customers: it uses nothing any more, or not all was told; only the whole list says
        chosen, report = None, _report(sophos, month, None)
    alive()
    if report.missing:
        raise _no_data(month, had_data=had_data, closed=closed)
    usage_history.keep(report, run_id=run_id, customer_ids=chosen)
    if chosen is None and month == Month.of(today()):
        usage_findings.collect(month)
    products.map_automatically(by="kontor")
    db.session.commit()


def _report(sophos: SophosClient, month: Month, customer_ids: Sequence[str] | None) -> UsageReport:
    try:
        return sophos.usage(month, customer_ids)
    except UsageIncomplete as error:
        raise RunStopped(Reason(error.code, error.params)) from error


def _no_data(month: Month, *, had_data: bool, closed: bool) -> RunStopped:
    """No data is normal on the first days of a running month that never had any, and for the close of a month before the
    installation's first; otherwise the reading is incomplete."""
    day = today()
    first_days = month == Month.of(day) and day.day <= FIRST_DAYS
    if (first_days or closed) and not had_data:
        return RunStopped(Reason("usage_not_yet", {"month": str(month)}), quiet=True)
    return RunStopped(Reason("usage_incomplete", {"month": str(month), "cause": "no data"}))
