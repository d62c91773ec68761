"""Movement in the sandbox: usage that goes on, alerts that come and go. Driven by a person, a test or the own page."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from .products import PRODUCTS, UNLISTED
from .sophos_store import month_of

if TYPE_CHECKING:
    from .builders import Builders

SHARE_THAT_MOVES = 0.35
# (severity, category, product, type, description, device): kinds as recorded, texts our own (section 6.2).
KINDS = (
    ("high", "malware", "endpoint", "Event::Endpoint::Threat::CleanupFailed", "Malware could not be removed", "PC"),
    ("high", "policy", "endpoint", "Event::Endpoint::SavDisabled", "Real-time scanning is switched off", "NB"),
    ("medium", "pua", "endpoint", "Event::Endpoint::CorePuaCleanFailed", "Unwanted application needs clean-up", "PC"),
    ("high", "connectivity", "firewall", "Event::Firewall::FirewallGatewayDown", "Gateway 'Uplink' is down", "FW"),
    ("low", "utm", "endpoint", "Event::Endpoint::HeartbeatMissing", "No heartbeat from a computer", "NB"),
    ("medium", "protection", "endpoint", "Event::Endpoint::CloneDetected", "Device seems to be a <b>copy</b>", "PC"),
    ("high", "general", "other", "Event::Task::RenewApiToken", "An API token has expired", ""),
)


def move_usage(state: Builders) -> int:
    """Change about a third of the running month's lines by a few units, mostly upwards. Gives how many changed."""
    with state.lock:
        month = month_of(state.today())
        lines = state.sophos.lines_of(month, state.switches.usage_rolls)
        chance = random.Random(f"{month}/{sum(line['billableQuantity'] for line in lines)}")  # noqa: S311 - no secret
        moved = 0
        for line in lines:
            if line.get("accountId") is None or chance.random() > SHARE_THAT_MOVES:
                continue
            quantity = line["billableQuantity"]
            step = chance.choice((1, 1, 1, 2, 2, 3, -1))
            new = max(0, quantity + min(step, max(1, quantity // 5)))
            product = PRODUCTS.get(line["productCode"], UNLISTED)
            line.update(billableQuantity=new, actualQuantity=new, orderedQuantity=new)
            line.update(productDescription=product.description(new), sku=product.sku_for(new))
            moved += new != quantity
        state.changed()
        return moved


def raise_alerts(state: Builders, count: int) -> list[str]:
    """New alerts of various kinds for customers whose host answers. Gives their ids."""
    with state.lock:
        customers = [item for item in state.sophos.customers.values() if item["_api_host"] and item["_assistance"]]
        chance = random.Random(f"{state.sophos.moment()}/{len(state.sophos.alerts)}")  # noqa: S311 - no secret
        made = []
        for number in range(count if customers else 0):
            customer = chance.choice(customers)
            severity, category, product, kind, text, prefix = KINDS[number % len(KINDS)]
            device = f"{prefix}-{chance.randint(1, 40):02d}" if prefix else None
            made.append(
                state.add_alert(
                    customer_id=customer["id"],
                    description=f"{text} ({device})" if device else text,
                    severity=severity,
                    category=category,
                    product=product,
                    type=kind,
                    device=device,
                    person=None if product in ("firewall", "other") else "User of the device",
                    allowed_actions=("clearThreat",) if category == "malware" else ("acknowledge",),
                )
            )
        return made


def clear_alerts(state: Builders) -> int:
    """Half of the open alerts (at least one), oldest first, are over. Gives how many."""
    with state.lock:
        alerts = sorted(state.sophos.alerts.values(), key=lambda alert: alert["raisedAt"])
        over = alerts[: (len(alerts) + 1) // 2]
        for alert in over:
            del state.sophos.alerts[alert["id"]]
        state.changed()
        return len(over)
