"""Builder methods of the state: how seeds and tests put customers, usage and alerts into the sandbox.

All are keyword-only. Text ids are given as they come from the API; dates are plain dates; months are `YYYY-MM` or a
date within the month, the running month when left out.
"""

from __future__ import annotations

import threading
from datetime import date, datetime

from . import alerts, licences
from .autotask_store import AutotaskStore
from .sophos_store import Item, SophosStore, month_of, stable_id
from .switches import Switches

GEOGRAPHIES = {"eu01": "IE", "eu02": "DE", "us03": "US"}


class SophosBuilders:
    """The part of the state that adds things to Sophos. The attributes are set by `State`."""

    lock: threading.RLock
    sophos: SophosStore
    autotask: AutotaskStore
    switches: Switches
    alerts_made: int = 0

    def today(self) -> date:
        """The running day of the sandbox."""
        raise NotImplementedError

    def changed(self) -> None:
        """Note that something was changed that a state file should hold."""
        raise NotImplementedError

    def add_customer(
        self,
        *,
        name: str,
        region: str = "eu02",
        geography: str | None = None,
        billing_type: str = "usage",
        status: str = "active",
        show_as: str | None = None,
        api_host: bool = True,
        assistance: bool = True,
        organization: bool = False,
        customer_id: str | None = None,
        contact: Item | None = None,
    ) -> str:
        """A Sophos customer (tenant); gives its id, a UUID in lower case.

        `region`: eu01, eu02 or us03, one of the regional hosts. `api_host` False: an account that was never
        activated. `assistance` False: every call for this tenant answers 403.
        """
        with self.lock:
            customer_id = customer_id or stable_id("customer", len(self.sophos.customers), name)
            customer: Item = {
                "id": customer_id,
                "name": name,
                "showAs": show_as or name,
                "dataGeography": geography or GEOGRAPHIES[region],
                "dataRegion": region,
                "billingType": billing_type,
                "partner": {"id": self.sophos.partner_id},
                "status": status,
                "_api_host": api_host,
                "_assistance": assistance,
                **{name: [] for name in ("products", "externalIds", "_licenses", "_firewalls")},
            }
            customer |= {"organization": {"id": self.sophos.organization_id}} if organization else {}
            customer |= {"contact": contact} if contact else {}
            self.sophos.customers[customer_id] = customer
            self.changed()
            return customer_id

    def set_usage(
        self,
        *,
        customer_id: str | None,
        product_code: str,
        billable: int | None,
        actual: int | None = None,
        ordered: int | None = None,
        month: str | date | None = None,
        order_line: int = 1,
        account_status: str = "active",
        prices: bool = True,
        extra: Item | None = None,
    ) -> None:
        """What Sophos bills a customer for a product in a month; replaces what was there for that order line.

        `billable` None removes the line. `customer_id` None: a line without accountId. `actual` and `ordered` follow
        `billable` when left out. `extra` overwrites any field of the line.
        """
        with self.lock:
            if isinstance(month, date) or month is None:
                month = month_of(month or self.today())
            if self.switches.usage_rolls:
                self.sophos.begin(month)
            self.sophos.set_line(
                customer_id=customer_id,
                product_code=product_code,
                billable=billable,
                actual=actual,
                ordered=ordered,
                month=month,
                order_line=order_line,
                status=account_status,
                prices=prices,
                extra=extra or {},
            )
            customer = self.sophos.customers.get(customer_id or "")
            if customer is not None and {"code": product_code} not in customer["products"]:
                customer["products"].append({"code": product_code})
            self.changed()

    def add_alert(
        self,
        *,
        customer_id: str,
        description: str | None = "Real-time scanning is switched off",
        severity: str | None = "high",
        category: str | None = "protection",
        product: str | None = "endpoint",
        type: str | None = "Event::Endpoint::SavDisabled",
        device: str | None = "PC-01",
        person: str | None = "A. Person",
        allowed_actions: tuple[str, ...] = ("acknowledge",),
        group: str | None = None,
        raised_at: str | datetime | None = None,
        alert_id: str | None = None,
        extra: Item | None = None,
    ) -> str:
        """An open alert: its id. What is None is left out; `device` None gives the empty managedAgent of a tenant-wide alert.

        `group` is the groupKey before it is encoded (`n,type,number,detail`; made of type and device when left out, so that
        the same trouble on the same device repeats it), an empty text leaves the field out. `raised_at`: a UTC moment or the
        text itself, now when left out. `extra` overwrites any field with the vendor's name; None takes the field away.
        """
        with self.lock:
            self.alerts_made += 1
            alert_id = alert_id or stable_id("alert", customer_id, self.sophos.moment(), self.alerts_made)
            key = alerts.group_key(1, type or "", 513, device or "") if group is None else alerts.encoded(group)
            moment = alerts.moment_text(raised_at) if isinstance(raised_at, datetime) else raised_at
            alert: Item = {
                "id": alert_id,
                "allowedActions": list(allowed_actions),
                "category": category,
                "description": description,
                "groupKey": key or None,
                "managedAgent": self._agent(customer_id, product or "", device),
                "product": product,
                "raisedAt": moment or self.sophos.moment(),
                "severity": severity,
                "tenant": {"id": customer_id, "name": self.sophos.customers[customer_id]["name"]},
                "type": type,
                "person": {"id": stable_id("person", customer_id, person), "name": person} if person else None,
                **(extra or {}),
            }
            self.sophos.alerts[alert_id.lower()] = {name: value for name, value in alert.items() if value is not None}
            self.changed()
            return alert_id

    def remove_alert(self, *, alert_id: str) -> None:
        """The trouble is over: the alert is no longer open."""
        with self.lock:
            self.sophos.alerts.pop(alert_id.lower(), None)
            self.changed()

    def add_licence(self, *, customer_id: str, product_code: str, quantity: int, kind: str = "term") -> None:
        """A licence of the customer; `kind` is term, usage or trial."""
        with self.lock:
            item = licences.licence(customer_id, product_code, quantity, kind, self.today())
            self.sophos.customers[customer_id]["_licenses"].append(item)
            self.changed()

    def add_firewall(self, *, customer_id: str, serial: str) -> None:
        """A firewall that the partner manages and this customer is billed for."""
        with self.lock:
            item = licences.firewall(customer_id, self.sophos.partner_id, serial, self.today())
            self.sophos.customers[customer_id]["_firewalls"].append(item)
            self.changed()

    def _agent(self, customer_id: str, product: str, device: str | None) -> Item:
        if not device:
            return {}
        kind = product if product in ("server", "firewall") else "computer"
        return {"id": stable_id("device", customer_id, device), "type": kind, "name": device}
