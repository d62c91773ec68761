"""What really happened, for assertions: every adjustment that took effect and every call that came in."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

_ID = re.compile(r"/(\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})(?=/|$)")


@dataclass(frozen=True)
class Adjustment:
    """One ContractServiceAdjustment. `error` is None when it was applied, else the text of the refusal."""

    request: int  # running number of the HTTP request on the Autotask host
    contract_id: int
    contract_service_id: int | None
    service_id: int | None
    date: date | None
    change: int
    at: datetime
    before: int | None = None  # units in force on `date`
    after: int | None = None
    created_line: bool = False
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: dates as ISO text."""
        values = asdict(self)
        values["date"] = self.date.isoformat() if self.date else None
        values["at"] = self.at.isoformat()
        return values


@dataclass(frozen=True)
class TicketMade:
    """A ticket that the API made. `request` as in `Adjustment`; `key` is its externalID, `at` a UTC moment."""

    request: int
    ticket_id: int
    company_id: int
    key: str | None
    title: str
    status: int
    at: str

    @classmethod
    def of(cls, row: dict[str, Any], request: int, at: str) -> TicketMade:
        """From the row with the vendor's field names."""
        return cls(request, row["id"], row["companyID"], row.get("externalID"), row["title"], row["status"], at)


@dataclass(frozen=True)
class NoteMade:
    """A ticket note that the API made."""

    request: int
    note_id: int
    ticket_id: int
    text: str
    at: str


@dataclass(frozen=True)
class StatusChange:
    """The API set a ticket's status to another value."""

    request: int
    ticket_id: int
    before: int | None
    after: int | None
    at: str


@dataclass(frozen=True)
class Acknowledged:
    """An alert that an acknowledgement over the API closed. `request` counts on all hosts."""

    request: int
    alert_id: str
    customer_id: str
    at: str


@dataclass
class Books:
    """All lists in order of arrival, of what took effect (but `refused`); `requests` counts by (host, "METHOD /path/{id}")."""

    adjustments: list[Adjustment] = field(default_factory=list)
    refused: list[Adjustment] = field(default_factory=list)
    tickets: list[TicketMade] = field(default_factory=list)
    notes: list[NoteMade] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)  # most requests at once per Autotask entity
    _numbers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, host: str, method: str, path: str) -> int:
        """Note a request before anything is done with it; gives its running number."""
        with self._lock:
            self._numbers += 1
            self.requests[(host, f"{method} {_ID.sub('/{id}', path)}")] += 1
            return self._numbers

    def reach(self, entity: str, at_once: int) -> None:
        """Note how many requests an entity is handling."""
        with self._lock:
            self.peak[entity] = max(self.peak[entity], at_once)

    def calls(self, host: str | None = None, contains: str = "") -> int:
        """Number of requests to `host` (all hosts when None) whose route contains the text, case-insensitively."""
        wanted = contains.lower()
        with self._lock:
            return sum(
                count
                for (name, route), count in self.requests.items()
                if (host is None or name == host) and wanted in route.lower()
            )

    def clear(self) -> None:
        """Forget everything noted so far (the state itself stays)."""
        with self._lock:
            for noted in (self.adjustments, self.refused, self.tickets, self.notes, self.statuses, self.acknowledged):
                noted.clear()
            self.requests.clear()
            self.peak.clear()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready copy."""
        with self._lock:
            routes: dict[str, dict[str, int]] = {}
            for (host, route), count in sorted(self.requests.items()):
                routes.setdefault(host, {})[route] = count
            return {
                "adjustments": [item.as_dict() for item in self.adjustments],
                "refused": [item.as_dict() for item in self.refused],
                "tickets": [asdict(item) for item in self.tickets],
                "notes": [asdict(item) for item in self.notes],
                "statuses": [asdict(item) for item in self.statuses],
                "acknowledged": [asdict(item) for item in self.acknowledged],
                "requests": routes,
                "peak": dict(self.peak),
            }
