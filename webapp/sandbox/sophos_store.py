"""The Sophos data of the sandbox: customers, billing lines by month, open alerts, tokens.

Objects are kept with the vendor's field names; names that begin with an underscore are ours and never leave.
The caller holds the state's lock.
"""

from __future__ import annotations

import calendar
import secrets
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from . import alerts
from .products import PRODUCTS, UNLISTED

Item = dict[str, Any]
LineKey = tuple[str | None, str, int]  # customer, product code, order line
NAMESPACE = uuid.UUID("6f0b7c52-5d0e-4f39-9d56-3b1a4e8f7a10")
TOKEN_LIFE = timedelta(seconds=3600)
PARTNER_NAME = "Nordlicht Systemhaus GmbH"


def stable_id(*parts: object) -> str:
    """The same UUID for the same parts, so that seeds are the same each time."""
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts)))


def month_of(day: date) -> str:
    """The month as `YYYY-MM`."""
    return f"{day.year:04d}-{day.month:02d}"


class SophosStore:
    """Everything the Sophos hosts know."""

    def __init__(self, now: Callable[[], datetime], today: Callable[[], date]) -> None:
        self.now = now
        self.today = today
        self.partner_id = stable_id("partner")
        self.organization_id = stable_id("organization")
        self.customers: dict[str, Item] = {}
        self.usage: dict[str, dict[LineKey, Item]] = {}
        self.alerts: dict[str, Item] = {}
        self.tokens: dict[str, datetime] = {}
        self.refresh_tokens: set[str] = set()

    def new_token(self) -> tuple[str, str]:
        """An access token that looks like a JWT, good for an hour, and a refresh token."""
        token = f"{secrets.token_urlsafe(12)}.{secrets.token_urlsafe(48)}.{secrets.token_urlsafe(32)}"
        refresh = secrets.token_hex(32)
        self.tokens[token] = self.now() + TOKEN_LIFE
        self.refresh_tokens.add(refresh)
        return token, refresh

    def token_is_good(self, token: str) -> bool:
        """Whether the access token is known and not expired."""
        until = self.tokens.get(token)
        return until is not None and self.now() < until

    def expire_tokens(self) -> None:
        """Let all tokens given out so far be expired."""
        self.tokens.clear()

    def moment(self) -> str:
        """Now, as the API writes moments."""
        return alerts.moment_text(self.now())

    def open_alerts(self) -> list[Item]:
        """All open alerts, oldest first, of one moment as they came. Those older than 90 days are dropped."""
        now = self.now()
        self.alerts = {key: alert for key, alert in self.alerts.items() if alerts.is_kept(alert, now)}
        return sorted(self.alerts.values(), key=lambda alert: str(alert.get("raisedAt", "")))

    def alert(self, alert_id: str) -> Item | None:
        """The open alert of that id, upper and lower case alike."""
        found = self.alerts.get(alert_id.lower())
        return found if found is not None and alerts.is_kept(found, self.now()) else None

    def close(self, alert: Item) -> None:
        """The alert is no longer open."""
        self.alerts.pop(alert["id"].lower(), None)

    def lines_of(self, month: str, rolls: bool = False) -> list[Item]:
        """The billing lines of a month (`YYYY-MM`). `rolls`: the running month begins with the last one's figures."""
        if rolls:
            self.begin(month)
        return list(self.usage.get(month, {}).values())

    def begin(self, month: str) -> None:
        """Let the running month begin with the figures of the one before, if it has none yet."""
        if month == month_of(self.today()) and month not in self.usage:
            earlier = [name for name in self.usage if name < month]
            if earlier:
                span = _span(month)
                self.usage[month] = {key: {**line, **span} for key, line in self.usage[max(earlier)].items()}

    def set_line(
        self,
        *,
        customer_id: str | None,
        product_code: str,
        billable: int | None,
        actual: int | None,
        ordered: int | None,
        month: str,
        order_line: int,
        status: str,
        prices: bool,
        extra: Item,
    ) -> None:
        """Replace the billing line of a customer, product and order line; `billable` None takes it away."""
        key = (customer_id, product_code, order_line)
        lines = self.usage.setdefault(month, {})
        if billable is None:
            lines.pop(key, None)
            return
        line = self._line(key, billable, month, status)
        line["actualQuantity"] = billable if actual is None else actual
        line["orderedQuantity"] = billable if ordered is None else ordered
        if prices:
            line.update(_prices(product_code, billable))
        line.update(extra)
        lines[key] = line

    def _line(self, key: LineKey, billable: int, month: str, status: str) -> Item:
        customer_id, code, order_line = key
        product = PRODUCTS.get(code, UNLISTED)
        customer = self.customers.get(customer_id or "")
        number = stable_id("order", customer_id, code, order_line)
        line: Item = {
            "partnerAccountId": self.partner_id,
            "partnerAccountName": PARTNER_NAME,
            "partnerEdiAccountNumber": "4711001",
            **_span(month),
            "orderNumber": f"ORD-{number[:8].upper()}",
            "orderLineItemNumber": f"LINE-{number[9:13].upper()}-{order_line}",
            "accountNumberOrSerialNumber": f"C{number[24:36].upper()}",
            "productDescription": product.description(billable),
            "productGroup": product.group,
            "sku": product.sku_for(billable),
            "productCode": code,
            "billableQuantity": billable,
            "externalId": stable_id("external", customer_id),
            "accountStatus": status,
        }
        if customer_id is not None:
            line["accountId"] = customer_id
        if customer is not None:
            line["assignedAccountIdentifier"] = customer["name"]
            contact = customer.get("contact") or {}
            line["contactEmail"] = contact.get("email", "")
            line["contactName"] = f"{contact.get('firstName', '')} {contact.get('lastName', '')}".strip()
        return line


def _span(month: str) -> Item:
    year, number = int(month[:4]), int(month[5:7])
    return {"billingStartDate": f"{month}-01", "billingEndDate": f"{month}-{calendar.monthrange(year, number)[1]}"}


def _prices(code: str, quantity: int) -> Item:
    """Prices are texts (section 4.2)."""
    price = PRODUCTS.get(code, UNLISTED).price
    return {
        "unitMsrp": f"{float(price) * 1.4:.2f}",
        "unitMsrpCurrency": "EUR",
        "unitPrice": price,
        "unitPriceCurrency": "EUR",
        "netPrice": f"{float(price) * quantity:.2f}",
        "netPriceCurrency": "EUR",
    }
