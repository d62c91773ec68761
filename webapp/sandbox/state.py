"""The state of the sandbox: both vendors' data, switches, faults and books, behind one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from . import autotask_billing, moves
from .autotask_store import AutotaskStore
from .books import Books
from .builders import Builders
from .faults import Faults
from .sophos_store import Item, SophosStore, month_of
from .sophos_wire import CallLimit
from .switches import Switches
from .tickets import ServiceDesk


def _utc_now() -> datetime:
    return datetime.now(UTC)


class State(Builders, ServiceDesk):
    """What a running sandbox knows. `today` and `now` give the running day and the UTC moment.

    Tests in the same process use the builder methods (`builders*.py`, `tickets.py`), `switches`, `faults`, `hidden_entities`
    (plural entity names whose lists come back empty, as for a restricted API user) and `books`.
    """

    def __init__(self, today: Callable[[], date] | None = None, now: Callable[[], datetime] | None = None) -> None:
        self.lock = threading.RLock()
        self._now = now or _utc_now
        self._today = today or (lambda: self._now().date())
        self.switches = Switches()
        self.faults = Faults()
        self.books = Books()
        self.hidden_entities: set[str] = set()
        self.sophos_calls = CallLimit()
        self.sophos = SophosStore(self._now, self._today)
        self.autotask = AutotaskStore(self.switches, self.books, self._now)
        self.urls: dict[str, str] = {}
        self.version = 0
        self.sophos_client_id = "5d1f7a90-3c42-4b8e-9f10-6a2b7c8d9e01"
        self.sophos_client_secret = "sandbox-sophos-secret"  # noqa: S105 - the sandbox's own, opens nothing else
        self.autotask_user = "api.kontor@sandbox.example"
        self.autotask_secret = "sandbox-autotask-secret"  # noqa: S105 - as above
        self.integration_code = "SANDBOXKONTORTRACKINGID0001"

    def today(self) -> date:
        """The running day of the sandbox."""
        return self._today()

    def previous_month(self) -> str:
        """The month before the running one as `YYYY-MM`."""
        return month_of(self.today().replace(day=1) - timedelta(days=1))

    def usage_lines(self, customer_id: str | None, month: str | None = None) -> list[Item]:
        """The customer's billing lines of a month (`YYYY-MM`), the running one when left out."""
        lines = self.sophos.lines_of(month or month_of(self.today()), self.switches.usage_rolls)
        return [line for line in lines if line.get("accountId") == customer_id]

    def now(self) -> datetime:
        """The running moment, UTC."""
        return self._now()

    def changed(self) -> None:
        """Note that something was changed; a state file is written when this number moved."""
        self.version += 1

    def credentials(self) -> dict[str, dict[str, str]]:
        """What the sandbox accepts, in the shape of the two connections."""
        return {
            "sophos": {"client_id": self.sophos_client_id, "client_secret": self.sophos_client_secret},
            "autotask": {
                "username": self.autotask_user,
                "secret": self.autotask_secret,
                "integration_code": self.integration_code,
            },
        }

    def region_url(self, region: str) -> str:
        """Address of a regional host."""
        return self.urls.get(f"sophos_{region}", "")

    def units(self, contract_service_id: int, on: date) -> int | None:
        """Units in force that day; None where no row covers it."""
        with self.lock:
            return self.autotask.units(contract_service_id, on)

    def approve_and_post(self, *, up_to: date, contract_id: int | None = None) -> int:
        """Approve and post all unit rows that begin on or before `up_to`; gives how many."""
        with self.lock:
            self.changed()
            return autotask_billing.approve_and_post(self.autotask, up_to=up_to, contract_id=contract_id)

    def set_units(self, *, contract_service_id: int, units: int, on: date | None = None) -> None:
        """A person changes the units in Autotask from that day on (today when left out)."""
        with self.lock:
            self.changed()
            self.autotask.set_units(contract_service_id, units, on or self.today())

    def move_usage(self) -> int:
        """Move the running month's usage believably; gives the number of billing lines that changed."""
        return moves.move_usage(self)

    def raise_alerts(self, count: int = 5, customer_id: str | None = None) -> list[str]:
        """New alerts for some customers or for one, every fourth a repeat; gives their ids."""
        return moves.raise_alerts(self, count, customer_id)

    def burst(self, count: int = 30, customer_id: str | None = None) -> list[str]:
        """Many alerts at once for one customer; gives their ids."""
        return moves.burst(self, count, customer_id)

    def recover_alerts(self, count: int | None = None, alert_id: str | None = None) -> list[str]:
        """The "up" alerts for open "down" ones (all, the oldest `count`, or the one named); gives the new ids."""
        return moves.recover_alerts(self, count, alert_id)

    def alerts(self, customer_id: str | None = None) -> list[Item]:
        """Copies of the open alerts (of one customer), oldest first."""
        with self.lock:
            return [dict(alert) for alert in self.sophos.open_alerts() if customer_id in (None, alert["tenant"]["id"])]

    def clear_alerts(self) -> int:
        """Half of the open alerts (at least one) are over; gives how many."""
        return moves.clear_alerts(self)

    def expire_tokens(self) -> None:
        """Every Sophos token given out so far is expired."""
        with self.lock:
            self.sophos.expire_tokens()

    def customer_id(self, name: str) -> str:
        """Id of the one customer of that name. Raises LookupError."""
        return str(_only(row["id"] for row in self.sophos.customers.values() if row["name"] == name))

    def company_id(self, name: str) -> int:
        """Id of the one company of that name. Raises LookupError."""
        rows = self.autotask.tables["Companies"].values()
        return int(_only(row["id"] for row in rows if row["companyName"] == name))

    def contract_ids(self, company_id: int) -> list[int]:
        """Ids of the company's contracts, oldest id first."""
        rows = self.autotask.tables["Contracts"].values()
        return sorted(row["id"] for row in rows if row["companyID"] == company_id)

    def service_id(self, key: str) -> int:
        """Id of the one service with that name, SKU or external id. Raises LookupError."""
        rows = self.autotask.tables["Services"].values()
        return int(_only(row["id"] for row in rows if key in (row["name"], row["sku"], row["externalID"])))

    def contract_service_ids(self, contract_id: int) -> dict[str, int]:
        """Contract services of the contract by the name of their service."""
        services = self.autotask.tables["Services"]
        lines = self.autotask.tables["ContractServices"].values()
        return {services[row["serviceID"]]["name"]: row["id"] for row in lines if row["contractID"] == contract_id}


def _only(found: Any) -> Any:
    items = list(found)
    if len(items) != 1:
        raise LookupError(f"{len(items)} instead of one")
    return items[0]
