"""PURE: which changes the approvals page shows: its query string, parsed, and the kinds of reason that it tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.domain import Month, Origin

_LONGEST_SEARCH = 200
KINDS: dict[str, tuple[str, ...]] = {
    "large": ("hold_increase", "hold_increase_from_zero", "hold_decrease"),
    "zero": ("hold_zero", "line_without_usage"),
    "line": ("hold_new_line",),
    "drift": ("hold_drift",),
    "account": ("hold_account",),
    "left": ("left_behind",),
    "period": ("hold_period", "hold_past_month"),
    "run": ("hold_run_usage", "hold_run_units", "hold_run_zero"),
    "pinned": ("hold_pinned",),
    "undo": ("hold_undo",),
    "correction": ("hold_correction",),
    "mode": ("hold_mode",),
}
"""The kinds of reason that the page filters by; every other reason is of the kind ``other``."""
OTHER = "other"


def kind_of(reason: str) -> str:
    return next((kind for kind, reasons in KINDS.items() if reason in reasons), OTHER)


@dataclass(frozen=True)
class ApprovalFilter:
    """The query string of the page. ``kind``, ``origin`` and ``month`` empty: all. ``decided``: what was decided in place of
    what waits."""

    q: str = ""
    kind: str = ""
    origin: str = ""
    month: str = ""
    decided: bool = False
    page: int = 1

    @classmethod
    def parse(cls, arguments: Mapping[str, str]) -> ApprovalFilter:
        """What is not understood is ignored."""
        page = arguments.get("page", "")[:9]
        kind, origin = arguments.get("kind", ""), arguments.get("origin", "")
        return cls(
            q=arguments.get("q", "").strip()[:_LONGEST_SEARCH],
            kind=kind if kind in (*KINDS, OTHER) else "",
            origin=origin if origin in list(Origin) else "",
            month=_month(arguments.get("month", "")),
            decided=arguments.get("show") == "decided",
            page=max(1, int(page)) if page.isascii() and page.isdecimal() else 1,
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string with ``changes``, for ``url_for``; any change goes back to the first page."""
        wanted = replace(self, **({"page": 1} | changes))
        named: dict[str, Any] = {"show": "decided" if wanted.decided else None, "q": wanted.q, "kind": wanted.kind}
        named |= {"origin": wanted.origin, "month": wanted.month, "page": wanted.page if wanted.page > 1 else None}
        return {name: value for name, value in named.items() if value}

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.kind or self.origin or self.month)


def _month(text: str) -> str:
    try:
        return str(Month.parse(text))
    except ValueError:
        return ""
