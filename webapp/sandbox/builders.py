"""Builder methods of the state: how seeds and tests put companies, contracts and services into the sandbox.

All are keyword-only; dates are plain dates. Those for Sophos are in `builders_sophos.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .autotask_store import RECURRING_SERVICE, day_text
from .builders_sophos import SophosBuilders
from .units import MONTHLY, add_months


class Builders(SophosBuilders):
    """The part of the state that adds things."""

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

    def add_contract_service(self, *, contract_id: int, service_id: int, units: int = 0, unit_price: float | None = None) -> int:
        """A service on a contract, with `units` in every period; gives the contract service's id."""
        with self.lock:
            self.changed()
            return self.autotask.add_line(contract_id, service_id, units, unit_price)
