"""PURE: which tickets and alerts the page shows: its query string, parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.alerts import AlertState
from webapp.services.run_filter import page_in, text_in

SHOWS = ("open", "waiting", "failed", "past", "alerts", "all", "customers")
ALERT_STATES = (AlertState.UNMAPPED, AlertState.SHOWN, AlertState.PLANNED, AlertState.WAITING, AlertState.IGNORED)
"""The states of open alerts without a ticket, those that need a person first."""


@dataclass(frozen=True)
class TicketFilter:
    """``show`` is one of SHOWS: ``open`` are tickets that are not over and alerts that wait for theirs, ``alerts`` every open
    alert without a ticket (of ``state``, if one is given), ``customers`` the counts. ``q`` is searched in title, number, device,
    customer, alert id and type; ``customer`` is an id."""

    show: str = "open"
    q: str = ""
    customer: str = ""
    severity: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def parse(cls, arguments: Mapping[str, Sequence[str]]) -> TicketFilter:
        """From the lists of values in a query string. What is not understood is ignored."""
        show, state = text_in(arguments, "show"), text_in(arguments, "state")
        return cls(
            show=show if show in SHOWS else "open",
            q=text_in(arguments, "q"),
            customer=text_in(arguments, "customer"),
            severity=text_in(arguments, "severity"),
            state=state if show == "alerts" and state in ALERT_STATES else "",
            page=page_in(arguments),
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string with ``changes``, for ``url_for``; what is the default is left out. Any change goes back to the first
        page, and another ``show`` to all its states."""
        reset: dict[str, Any] = {"page": 1} | ({"state": ""} if "show" in changes else {})
        wanted = replace(self, **(reset | changes))
        named: dict[str, Any] = {
            "show": wanted.show if wanted.show != "open" else None,
            "q": wanted.q,
            "customer": wanted.customer,
            "severity": wanted.severity,
            "state": wanted.state,
            "page": wanted.page if wanted.page > 1 else None,
        }
        return {name: value for name, value in named.items() if value}

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.customer or self.severity or self.state)
