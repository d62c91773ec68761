"""The unlike ones among the unmapped customers of the demo, and alerts as they really come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from .state import State


@dataclass(frozen=True)
class Special:
    """How a customer is added, and whether billing usage covers it (MSP Flex only, section 5.1)."""

    customer: dict[str, object] = field(default_factory=dict)
    billed: bool = True
    kind: str = ""  # of the licences it has instead


def unmapped_special(number: int) -> Special:
    """By place in `seed_names.UNMAPPED`."""
    if number == 4:
        return Special({"billing_type": "trial"}, billed=False, kind="trial")
    if number in (5, 6):
        return Special({"billing_type": "term"}, billed=False, kind="term")
    if number == 7:
        return Special({"billing_type": "term", "assistance": False}, billed=False, kind="term")
    if number == 8:
        return Special({"status": "suspended"})
    if number == 9:
        return Special({"api_host": False}, billed=False)
    return Special()


def extra_alerts(state: State, customer_id: str, *, closed: str) -> None:
    """Alerts as they really come (section 6.2), and a customer (`closed`) whose alerts answer 403 for good.

    A tenant-wide one without device and person, a long one with markup, a pair of down and up, one that nobody can
    acknowledge and that will soon be too old, and the same trouble twice.
    """
    state.add_alert(customer_id=closed, device="PC-40")
    state.switches.alerts_forbidden.add(closed)
    _odd_alerts(state, customer_id)
    old = state.now() - timedelta(days=80)
    state.add_alert(customer_id=customer_id, device="PC-31", allowed_actions=(), raised_at=old)
    for hours in (30, 5):
        state.add_alert(customer_id=customer_id, device="NB-12", raised_at=state.now() - timedelta(hours=hours))


def _odd_alerts(state: State, customer_id: str) -> None:
    state.add_alert(
        customer_id=customer_id,
        description="An API token will expire soon",
        severity="medium",
        category="general",
        product="other",
        type="Event::Task::RenewApiToken",
        device=None,
        person=None,
    )
    state.add_alert(
        customer_id=customer_id,
        description='Device was seen twice, see <a href="https://support.example/132029">132029</a>. ' + "Details " * 40,
        severity="medium",
        type="Event::Endpoint::CloneDetected",
        device="NB-07",
    )
    for kind, text in (("Down", "Gateway 'Uplink' is down"), ("Up", "Gateway 'Uplink' is up again")):
        state.add_alert(
            customer_id=customer_id,
            description=text,
            severity="high" if kind == "Down" else "low",
            category="connectivity",
            product="firewall",
            type=f"Event::Firewall::FirewallGateway{kind}",
            device="FW-01",
            person=None,
        )
