"""Licences and firewalls of customers (sophos-api.md, section 5)."""

from __future__ import annotations

from datetime import date

from .products import PRODUCTS, UNLISTED
from .sophos_store import Item, stable_id
from .units import add_months


def licence(customer_id: str, product_code: str, quantity: int, kind: str, today: date) -> Item:
    """A licence as the API gives it; `kind` is term, usage or trial. Term and trial licences have an end."""
    start = add_months(today.replace(day=1), -7)
    item: Item = {
        "id": stable_id("licence", customer_id, product_code),
        "licenseIdentifier": f"L{stable_id('licence number', customer_id, product_code)[:10].upper()}",
        "product": {"code": product_code, "name": PRODUCTS.get(product_code, UNLISTED).name},
        "startDate": start.isoformat(),
        "perpetual": False,
        "type": kind,
        "quantity": quantity,
        "unlimited": False,
        "usage": {
            "current": {
                "count": quantity,
                "date": today.isoformat(),
                "collectedAt": f"{today.isoformat()}T02:00:00.000Z",
            }
        },
    }
    if kind != "usage":
        item["endDate"] = add_months(start, 12).isoformat()
    return item


def firewall(customer_id: str, partner_id: str, serial: str, today: date) -> Item:
    """A firewall as seen at partner level: `tenant` empty, `billingTenant` filled, usage with a count only."""
    shown = licence(customer_id, "CW7-SUP-MSP", 1, "usage", today)
    shown["usage"] = {"current": {"count": 1}}
    return {
        "serialNumber": serial,
        "owner": {"id": partner_id, "type": "partner"},
        "partner": {"id": partner_id},
        "tenant": {},
        "billingTenant": {"id": customer_id},
        "model": "SFVUNL",
        "modelType": "virtual",
        "lastSeenAt": f"{today.isoformat()}T04:10:00.000Z",
        "licenses": [shown],
    }
