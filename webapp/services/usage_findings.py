"""What a usage run finds besides its lines: licences that are used and that nobody can be billed for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from webapp.domain import Month
from webapp.services import findings, usage_history
from webapp.services.findings import Raised


def collect(month: Month) -> None:
    """Raise and clear the findings of a reading of the whole partner. Flushes; the caller commits."""
    findings.replace(source="usage", findings=_unassigned(month))


def _unassigned(month: Month) -> Iterator[Raised]:
    """Lines without a known customer, by product: firewall licences that no customer was given, for example."""
    quantities: dict[str, int] = defaultdict(int)
    for row in usage_history.unassigned(month):
        quantities[row.product_code] += row.billable or 0
    for product, quantity in sorted(quantities.items()):
        if quantity > 0:
            yield Raised("usage_unassigned", "warn", f"product:{product}", params={"product": product, "quantity": quantity})
