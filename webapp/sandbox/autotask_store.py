"""The Autotask data of the sandbox: tables of rows, unit rows of contract services, and what changes them.

Rows are kept sparse with the vendor's field names, dates as ISO text; the host fills in what is missing.
The caller holds the state's lock.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime
from typing import Any

from . import units
from .autotask_errors import DUPLICATE_ADJUSTMENT, OUTSIDE_CONTRACT, Rule, unknown_reference
from .autotask_people import API_RESOURCE, api_user
from .books import Adjustment, Books
from .switches import Switches
from .units import UnitRow

Row = dict[str, Any]
FIRST_IDS = {
    "Companies": 29_683_001,
    "Contracts": 29_704_101,
    "Services": 1_201,
    "ContractServices": 61_501,
    "ContractServiceUnits": 7_400_001,
    "Tickets": 84_001,
    "TicketNotes": 310_001,
    "BillingItems": 9_100_001,
    "ContractNotes": 5_001,
    "ContractServiceAdjustments": 40_001,
    "Resources": 29_682_885,
    "TicketCategories": 1,
}
RECURRING_SERVICE = 7


def day_text(day: date) -> str:
    """A date-only field as the API gives it."""
    return f"{day.isoformat()}T00:00:00Z"


def day_of(text: str) -> date:
    """The date part, whatever the time says: date-only fields are cut, not converted (section 3)."""
    return date.fromisoformat(text[:10])


class AutotaskStore:
    """Everything the Autotask hosts know."""

    def __init__(self, switches: Switches, books: Books, now: Callable[[], datetime]) -> None:
        self.switches = switches
        self.books = books
        self.now = now
        self.lines_of_contract: defaultdict[int, list[int]] = defaultdict(list)
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in FIRST_IDS}
        self.tables["Resources"][API_RESOURCE] = api_user()
        self.lines: dict[int, list[UnitRow]] = {}
        self.dates_used: defaultdict[int, set[str]] = defaultdict(set)
        self.counters = dict(FIRST_IDS)
        self._not_yet: dict[int, tuple[float, list[UnitRow]]] = {}

    def next_id(self, table: str) -> int:
        """Ids rise in each table, as the paging by id relies on."""
        number = self.counters[table]
        self.counters[table] = number + 1
        return number

    def insert(self, table: str, row: Row, row_id: int | None = None) -> int:
        """Keep a row under a new id (or the given one) and give the id."""
        row_id = self.next_id(table) if row_id is None else row_id
        self.tables[table][row_id] = {"id": row_id, **row}
        return row_id

    def moment(self) -> str:
        """Now as the API writes moments (UTC, milliseconds)."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.now().microsecond // 1000:03d}Z"

    def add_line(self, contract_id: int, service_id: int, quantity: int, price: float | None = None) -> int:
        """A contract service with a unit row for every period of its contract. Unit price from the catalogue."""
        contract = self.tables["Contracts"][contract_id]
        service = self.tables["Services"][service_id]
        price = float(service["unitPrice"]) if price is None else price
        line_id = self.insert(
            "ContractServices",
            {
                "contractID": contract_id,
                "serviceID": service_id,
                "unitPrice": price,
                "unitCost": service.get("unitCost"),
                "internalCurrencyUnitPrice": float(service["unitPrice"]),
                "internalCurrencyAdjustedPrice": price,
                "invoiceDescription": service.get("invoiceDescription"),
            },
        )
        self.lines_of_contract[contract_id].append(line_id)
        self.lines[line_id] = units.new_rows(
            day_of(contract["startDate"]),
            day_of(contract["endDate"]),
            contract.get("contractPeriodType"),
            quantity,
            price,
            lambda: self.next_id("ContractServiceUnits"),
        )
        return line_id

    def units(self, line_id: int, on: date) -> int | None:
        """Units in force that day, at once after a change even where the API shows them later."""
        row = units.in_force(self.lines.get(line_id, []), on)
        return row.units if row else None

    def visible_lines(self) -> dict[int, list[UnitRow]]:
        """Unit rows as the API shows them now (`units_visible_after` may hold a change back)."""
        shown = dict(self.lines)
        for line_id, (until, before) in list(self._not_yet.items()):
            if time.monotonic() < until:
                shown[line_id] = before
            else:
                del self._not_yet[line_id]
        return shown

    def adjust(self, values: Row, request: int) -> None:
        """Apply one ContractServiceAdjustment (section 7.1), or raise Rule with the recorded text. Always booked."""
        day = day_of(values["effectiveDate"])
        change = int(values.get("unitChange") or 0)
        line_id: int | None = values.get("contractServiceID")
        noted: Row = {"request": request, "service_id": values.get("serviceID"), "date": day, "change": change}
        try:
            line_id, created = self._line_for(values, day)
            self._check(line_id, day, change)
        except Rule as rule:
            self.books.refused.append(
                Adjustment(
                    **noted,
                    contract_id=values.get("contractID") or 0,
                    contract_service_id=line_id,
                    at=self.now(),
                    error=rule.text,
                )
            )
            raise
        before = self.units(line_id, day)
        self._hold_back(line_id)
        self._apply(line_id, day, change, values.get("adjustedUnitPrice"))
        line = self.tables["ContractServices"][line_id]
        noted["service_id"] = line["serviceID"]
        self.books.adjustments.append(
            Adjustment(
                **noted,
                contract_id=line["contractID"],
                contract_service_id=line_id,
                at=self.now(),
                before=before,
                after=self.units(line_id, day),
                created_line=created,
            )
        )

    def _line_for(self, values: Row, day: date) -> tuple[int, bool]:
        """The contract service meant; created silently when the service is not on the contract (section 7.1)."""
        line_id = values.get("contractServiceID")
        if line_id is not None:
            if line_id not in self.tables["ContractServices"]:
                raise unknown_reference("contractServiceID", "ContractService")
            self._check_inside(self.tables["ContractServices"][line_id]["contractID"], day)
            return int(line_id), False
        contract_id, service_id = values.get("contractID"), values.get("serviceID")
        if contract_id not in self.tables["Contracts"]:
            raise unknown_reference("contractID", "Contract")
        if service_id not in self.tables["Services"]:
            raise unknown_reference("serviceID", "Service")
        self._check_inside(contract_id, day)
        if not values.get("allowRepeatService"):
            for found in self.lines_of_contract[contract_id]:
                if self.tables["ContractServices"][found]["serviceID"] == service_id:
                    return found, False
        if not self.switches.create_missing_lines:
            raise unknown_reference("serviceID", "Service")
        return self.add_line(contract_id, service_id, 0), True

    def _check_inside(self, contract_id: int, day: date) -> None:
        contract = self.tables["Contracts"][contract_id]
        if not day_of(contract["startDate"]) <= day <= day_of(contract["endDate"]):
            raise Rule(OUTSIDE_CONTRACT)

    def _check(self, line_id: int, day: date, change: int) -> None:
        if day.isoformat() in self.dates_used[line_id]:
            raise Rule(DUPLICATE_ADJUSTMENT)
        if self.switches.negative_units == "refuse" and units.lowest_after(self.lines[line_id], day, change) < 0:
            # No source tells the vendor's text (section 7.2); this one is our own.
            raise Rule("The resulting number of units must not be negative.")

    def _hold_back(self, line_id: int) -> None:
        delay = self.switches.units_visible_after
        if delay > 0 and line_id not in self._not_yet:
            self._not_yet[line_id] = (time.monotonic() + delay, deepcopy(self.lines[line_id]))

    def _apply(self, line_id: int, day: date, change: int, price: float | None) -> None:
        line = self.tables["ContractServices"][line_id]
        if price is None and not self.switches.keep_price:
            price = float(self.tables["Services"][line["serviceID"]]["unitPrice"])
        before = self.units(line_id, day) or 0
        units.adjust(
            self.lines[line_id],
            day,
            change,
            price=price,
            adjustment=self.next_id("ContractServiceAdjustments"),
            next_id=lambda: self.next_id("ContractServiceUnits"),
            end_same_day=self.switches.split_end_same_day,
        )
        if price is not None:
            line["unitPrice"] = line["internalCurrencyAdjustedPrice"] = price
        self.dates_used[line_id].add(day.isoformat())
        self._note(line, f"{before} -> {before + change} units from {day.isoformat()}")

    def _note(self, line: Row, what: str) -> None:
        """Each change leaves a contract note (section 7.2)."""
        service = self.tables["Services"][line["serviceID"]]["name"]
        self.insert(
            "ContractNotes",
            {
                "contractID": line["contractID"],
                "title": "Service adjusted",
                "description": f"{service}: {what}",
                "createDateTime": self.moment(),
                "lastActivityDate": self.moment(),
            },
        )

    def set_units(self, line_id: int, quantity: int, day: date) -> None:
        """What a person does in Autotask's own pages: units from that day on; not an API adjustment, not booked."""
        change = quantity - (self.units(line_id, day) or 0)
        self._apply(line_id, day, change, None)

    def contract_changed(self, contract_id: int) -> None:
        """The contract's dates were changed: unit rows follow, and adjustments behind the end are gone for good."""
        contract = self.tables["Contracts"][contract_id]
        start, end = day_of(contract["startDate"]), day_of(contract["endDate"])
        for line_id in self.lines_of_contract[contract_id]:
            units.move_end(
                self.lines[line_id],
                start,
                end,
                contract.get("contractPeriodType"),
                lambda: self.next_id("ContractServiceUnits"),
            )
            used = self.dates_used[line_id]
            used -= {text for text in used if text > end.isoformat()}
