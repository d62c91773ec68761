"""Movement in the sandbox: usage that goes on, alerts that come and go. Driven by a person, a test or the own page."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import TYPE_CHECKING

from .alert_kinds import KINDS, RECOVERING, Kind
from .products import PRODUCTS, UNLISTED
from .sophos_store import Item, month_of

if TYPE_CHECKING:
    from .builders import Builders

SHARE_THAT_MOVES = 0.35
REPEAT_EVERY = 4


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


def raise_alerts(state: Builders, count: int, customer_id: str | None = None) -> list[str]:
    """New alerts of various kinds, for one customer or for those whose host answers; every fourth repeats an open one.

    Gives their ids.
    """
    with state.lock:
        chance = random.Random(f"{state.sophos.moment()}/{state.alerts_made}")  # noqa: S311 - no secret
        customers = [customer_id] if customer_id else answering_customers(state)
        first = chance.randrange(len(KINDS))
        made = []
        for number in range(count if customers else 0):
            customer = chance.choice(customers)
            known = [alert for alert in state.sophos.open_alerts() if alert["tenant"]["id"] in customers and alert.get("type")]
            if number % REPEAT_EVERY == REPEAT_EVERY - 1 and known:
                made.append(_repeat(state, chance.choice(known)))
            else:
                made.append(_raise(state, customer, KINDS[(first + number) % len(KINDS)], chance.randint(1, 40)))
        return made


def answering_customers(state: Builders) -> list[str]:
    """Ids of the customers whose alerts can be read."""
    closed = state.switches.forbidden_customers | state.switches.alerts_forbidden
    found = [item for item in state.sophos.customers.values() if item["_api_host"] and item["_assistance"]]
    return [item["id"] for item in found if item["id"] not in closed]


def burst(state: Builders, count: int, customer_id: str | None = None) -> list[str]:
    """Many alerts at once for one customer (any that answers when left out). Gives their ids."""
    with state.lock:
        customers = answering_customers(state)
        if not customer_id and not customers:
            return []
        chance = random.Random(f"{state.sophos.moment()}/{state.alerts_made}")  # noqa: S311 - no secret
        return raise_alerts(state, count, customer_id or chance.choice(customers))


def _raise(state: Builders, customer: str, kind: Kind, number: int) -> str:
    device = f"{kind.prefix}-{number:02d}" if kind.prefix else None
    return state.add_alert(
        customer_id=customer,
        description=f"{kind.text} ({device})" if device else kind.text,
        severity=kind.severity,
        category=kind.category,
        product=kind.product,
        type=kind.type,
        device=device,
        person="User of the device" if kind.product == "endpoint" else None,
        allowed_actions=kind.actions,
    )


def _repeat(state: Builders, alert: Item) -> str:
    """The same trouble once more: another alert with the same groupKey."""
    fields = {name: value for name, value in alert.items() if name not in ("id", "raisedAt", "tenant")}
    gone: Item = {name: None for name in ("person", "groupKey", "managedAgent") if name not in fields}
    return state.add_alert(customer_id=alert["tenant"]["id"], extra={**gone, **deepcopy(fields)})


def recover_alerts(state: Builders, count: int | None = None, alert_id: str | None = None) -> list[str]:
    """The "up" alert for open "down" ones that have none yet: of `alert_id`, or of the oldest `count` (None: all).

    Each trouble has one, however often it was repeated.

    As in Sophos both stay open until they are acknowledged. Gives the ids of the new alerts. Raises LookupError for an
    `alert_id` that is not open or cannot recover.
    """
    with state.lock:
        waiting = [alert for alert in state.sophos.open_alerts() if _waits(state, alert)]
        if alert_id is not None:
            waiting = [alert for alert in waiting if alert["id"].lower() == alert_id.lower()]
            if not waiting:
                raise LookupError(f"no open alert that could recover: {alert_id}")
        troubles: dict[tuple[str, str, str], Item] = {}
        for alert in waiting:
            troubles.setdefault((alert["tenant"]["id"], alert["type"], str(alert.get("managedAgent"))), alert)
        return [_recover(state, alert) for alert in list(troubles.values())[:count]]


def _waits(state: Builders, alert: Item) -> bool:
    """Whether the alert is a "down" one without an "up" one after it for the same device."""
    kind = RECOVERING.get(alert.get("type", ""))
    if kind is None:
        return False
    return not any(
        (other.get("type"), other["tenant"]["id"], other.get("managedAgent"))
        == (kind.up, alert["tenant"]["id"], alert.get("managedAgent"))
        and other["raisedAt"] >= alert["raisedAt"]
        for other in state.sophos.open_alerts()
    )


def _recover(state: Builders, alert: Item) -> str:
    kind = RECOVERING[alert["type"]]
    device = alert.get("managedAgent", {}).get("name")
    return state.add_alert(
        customer_id=alert["tenant"]["id"],
        description=f"{kind.up_text} ({device})" if device else kind.up_text,
        severity="low",
        category=alert.get("category"),
        product=alert.get("product"),
        type=kind.up,
        device=device,
        person=None,
        extra={"managedAgent": deepcopy(alert.get("managedAgent"))},
    )


def clear_alerts(state: Builders) -> int:
    """Half of the open alerts (at least one), oldest first, are over. Gives how many."""
    with state.lock:
        alerts = state.sophos.open_alerts()
        over = alerts[: (len(alerts) + 1) // 2]
        for alert in over:
            state.sophos.close(alert)
        state.changed()
        return len(over)
