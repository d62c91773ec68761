"""Builder methods of the state: how seeds and tests put customers, contracts, usage and alerts into the sandbox.

All are keyword-only. Text ids are given as they come from the API; dates are plain dates; months are `YYYY-MM` or a
date within the month, the running month when left out.
"""

from __future__ import annotations

import base64
import threading
from datetime import date, timedelta
from typing import Any

from . import licences
from .autotask_store import RECURRING_SERVICE, AutotaskStore, day_text
from .sophos_store import Item, SophosStore, month_of, stable_id
from .switches import Switches
from .units import MONTHLY, add_months

GEOGRAPHIES = {"eu01": "IE", "eu02": "DE", "us03": "US"}


class Builders:
    """The part of the state that adds things. The attributes are set by `State`."""

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
                "products": [],
                "externalIds": [],
                "_api_host": api_host,
                "_assistance": assistance,
                "_licenses": [],
                "_firewalls": [],
            }
            if organization:
                customer["organization"] = {"id": self.sophos.organization_id}
            if contact is not None:
                customer["contact"] = contact
            self.sophos.customers[customer_id] = customer
            self.changed()
            return customer_id

    def add_company(
        self,
        *,
        name: str,
        company_type: int = 1,
        is_active: bool = True,
        city: str | None = None,
        phone: str = "+49 40 5550100",
        company_id: int | None = None,
        **more: Any,
    ) -> int:
        """An Autotask company; gives its id. `company_type` 1 customer, 3 prospect, 7 vendor; `more`: more fields."""
        with self.lock:
            row = {
                "companyName": name,
                "companyType": company_type,
                "isActive": is_active,
                "city": city,
                "phone": phone,
            }
            row |= {"ownerResourceID": 29_682_885, "createDate": "2019-03-04T09:00:00.000Z", **more}
            self.changed()
            return self.autotask.insert("Companies", row, company_id)

    def add_contract(
        self,
        *,
        company_id: int,
        name: str = "Managed Security",
        start: date | None = None,
        end: date | None = None,
        period_type: int | None = MONTHLY,
        status: int = 1,
        contract_type: int = RECURRING_SERVICE,
        renewed_contract_id: int | None = None,
        number: str | None = None,
    ) -> int:
        """An Autotask contract; gives its id.

        Start: first day of the month 12 months back; end: the day before the same day 24 months ahead.
        `period_type` 2 monthly, 3 quarterly, 4 half-yearly, 5 yearly. `status` 1 in effect, 0 inactive.
        """
        with self.lock:
            first = self.today().replace(day=1)
            start = start or add_months(first, -12)
            end = end or add_months(first, 24) - timedelta(days=1)
            row = {
                "companyID": company_id,
                "contractName": name,
                "contractNumber": number,
                "contractType": contract_type,
                "contractPeriodType": period_type,
                "contractCategory": 12,
                "startDate": day_text(start),
                "endDate": day_text(end),
                "status": status,
                "renewedContractID": renewed_contract_id,
                "isDefaultContract": False,
                "timeReportingRequiresStartAndStopTimes": 0,
            }
            self.changed()
            return self.autotask.insert("Contracts", row)

    def add_service(
        self,
        *,
        name: str,
        sku: str | None = None,
        external_id: str | None = None,
        unit_price: float = 1.0,
        period_type: int = MONTHLY,
        is_active: bool = True,
    ) -> int:
        """A service of Autotask's catalogue; gives its id."""
        with self.lock:
            row = {
                "name": name,
                "sku": sku,
                "externalID": external_id,
                "unitPrice": unit_price,
                "unitCost": round(unit_price * 0.6, 2),
                "periodType": period_type,
                "isActive": is_active,
                "billingCodeID": 29_683_407,
                "invoiceDescription": name,
            }
            self.changed()
            return self.autotask.insert("Services", row)

    def add_contract_service(
        self, *, contract_id: int, service_id: int, units: int = 0, unit_price: float | None = None
    ) -> int:
        """A service on a contract, with `units` in every period; gives the contract service's id."""
        with self.lock:
            self.changed()
            return self.autotask.add_line(contract_id, service_id, units, unit_price)

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
        description: str = "Real-time scanning is switched off",
        severity: str = "high",
        category: str = "protection",
        product: str = "endpoint",
        type: str = "Event::Endpoint::SavDisabled",
        device: str | None = "PC-01",
        person: str | None = "A. Person",
        allowed_actions: tuple[str, ...] = ("acknowledge",),
        group: str | None = None,
        raised_at: str | None = None,
        alert_id: str | None = None,
    ) -> str:
        """An open alert; gives its id. `device` None: an empty managedAgent; `person` None: no person at all.

        `group` is what the alert's groupKey is made of: alerts of one type and device share it when left out.
        """
        with self.lock:
            customer = self.sophos.customers[customer_id]
            alert_id = alert_id or stable_id("alert", customer_id, self.sophos.moment(), self._count_alert())
            kind = {"endpoint": "computer", "server": "server", "firewall": "firewall"}.get(product, "computer")
            agent = {"id": stable_id("device", customer_id, device), "type": kind, "name": device} if device else {}
            key = group or f"1,{type},513,{device or ''}"
            alert: Item = {
                "id": alert_id,
                "allowedActions": list(allowed_actions),
                "category": category,
                "description": description,
                "groupKey": base64.b64encode(key.encode()).decode().rstrip("="),
                "managedAgent": agent,
                "product": product,
                "raisedAt": raised_at or self.sophos.moment(),
                "severity": severity,
                "tenant": {"id": customer_id, "name": customer["name"]},
                "type": type,
            }
            if person is not None:
                alert["person"] = {"id": stable_id("person", customer_id, person), "name": person}
            self.sophos.alerts[alert_id] = alert
            self.changed()
            return alert_id

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

    def remove_alert(self, *, alert_id: str) -> None:
        """The trouble is over: the alert is no longer open."""
        with self.lock:
            self.sophos.alerts.pop(alert_id, None)
            self.changed()

    def remove_customer(self, *, customer_id: str) -> None:
        """The account is deleted in Sophos; its usage stays in the months where it was billed."""
        with self.lock:
            del self.sophos.customers[customer_id]
            self.changed()

    def _count_alert(self) -> int:
        self.alerts_made += 1
        return self.alerts_made
