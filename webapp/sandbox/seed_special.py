"""The unlike ones among the unmapped customers of the demo, and alerts as they really come."""

from __future__ import annotations

from dataclasses import dataclass, field

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


def extra_alerts(state: State, customer_id: str) -> None:
    """A tenant-wide one without device and person, a long one with markup, a pair of down and up (section 6.2)."""
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
