"""What a usage run finds besides its lines: licences that are used and that nobody can be billed for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from webapp.domain import LineState, Month
from webapp.services import findings, usage_history
from webapp.services.findings import Raised
from webapp.services.plan_facts import LinePlan


def collect(month: Month) -> None:
    """Raise and clear the findings of a reading of the whole partner. Flushes; the caller commits."""
    findings.replace(source="usage", findings=_unassigned(month))


def note_missed(month: Month, plans: Iterable[LinePlan]) -> None:
    """What a closed month, or a period that was posted already, lacks or has too many of. It stays until the month is signed off
    in the billing check. Flushes; the caller commits."""
    for plan in plans:
        if not plan.missed or plan.missed_from is None or plan.contract_service_id is None:
            continue
        findings.note(source=f"missed {month}", finding=_missed(_code(month, plan), month, plan))


def _code(month: Month, plan: LinePlan) -> str:
    if plan.missed_from == month.last_day:
        return "close_missed"
    return "date_missed" if plan.state is LineState.DEFERRED and plan.missed == plan.delta else "period_missed"


def _missed(code: str, month: Month, plan: LinePlan) -> Raised:
    assert plan.missed_from is not None
    figures = {
        "service": plan.service_name,
        "contract": plan.contract_name,
        "units": plan.missed,
        "month": str(month),
        "date": plan.missed_from.isoformat(),
    }
    customer = plan.customer_ids[0] if len(plan.customer_ids) == 1 else None
    return Raised(code, "warn", f"line:{plan.contract_service_id}:{month}", customer, params=figures)


def _unassigned(month: Month) -> Iterator[Raised]:
    """Lines without a known customer, by product: firewall licences that no customer was given, for example."""
    quantities: dict[str, int] = defaultdict(int)
    for row in usage_history.unassigned(month):
        quantities[row.product_code] += row.billable or 0
    for product, quantity in sorted(quantities.items()):
        if quantity > 0:
            yield Raised("usage_unassigned", "warn", f"product:{product}", params={"product": product, "quantity": quantity})
