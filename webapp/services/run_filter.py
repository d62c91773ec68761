"""PURE: which runs the list shows, and what of one run: the query strings of both pages, parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from webapp.domain import Month, ResultState, RunKind, RunState

TRIGGERS = ("cli", "web", "schedule")
TABS = ("changes", "attention", "in_step", "all", "customers", "tickets")
_LONGEST = 200
_LONGEST_PAGE = 9  # digits, as on the customers page
_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # the days around these are moments in every zone


@dataclass(frozen=True)
class RunFilter:
    """``who`` is an actor, such as ``user:dana``. ``failures``: only runs that failed, wholly or for some customer.
    ``dry``: only dry runs, or (False) only real ones; None shows both. ``since`` and ``until`` are plain dates, inclusive,
    in the installation's zone; None is open.
    """

    kind: str = ""
    state: str = ""
    trigger: str = ""
    month: str = ""
    who: str = ""
    failures: bool = False
    dry: bool | None = None
    since: date | None = None
    until: date | None = None
    page: int = 1

    @classmethod
    def parse(cls, arguments: Mapping[str, Sequence[str]]) -> RunFilter:
        """From the lists of values in a query string. What is not understood is ignored."""

        def last(name: str) -> str:
            return text_in(arguments, name)

        return cls(
            kind=last("kind") if last("kind") in tuple(RunKind) else "",
            state=last("state") if last("state") in tuple(RunState) else "",
            trigger=last("trigger") if last("trigger") in TRIGGERS else "",
            month=_month(last("month")),
            who=last("who"),
            failures=last("failures") == "1",
            dry={"0": False, "1": True}.get(last("dry")),
            since=_day(last("from")),
            until=_day(last("to")),
            page=page_in(arguments),
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string of this filter with ``changes``, as keywords for ``url_for``; what is the default is left out.

        A change of anything but the page goes back to the first one.
        """
        wanted = replace(self, **({"page": 1} | changes))
        named: dict[str, Any] = {
            "kind": wanted.kind,
            "state": wanted.state,
            "trigger": wanted.trigger,
            "month": wanted.month,
            "who": wanted.who,
            "failures": 1 if wanted.failures else None,
            "dry": None if wanted.dry is None else int(wanted.dry),
            "from": wanted.since.isoformat() if wanted.since else None,
            "to": wanted.until.isoformat() if wanted.until else None,
            "page": wanted.page if wanted.page > 1 else None,
        }
        return {name: value for name, value in named.items() if value not in (None, "")}

    @property
    def is_plain(self) -> bool:
        """Whether every run is shown."""
        return replace(self, page=1) == RunFilter()

    @property
    def has_details(self) -> bool:
        """Whether something is chosen that has no chip."""
        return replace(self, kind="", failures=False, dry=None, page=1) != RunFilter() or self.dry is False

    def chips(self) -> Mapping[str, tuple[bool, dict[str, Any]]]:
        """For each chip whether it is on, and the arguments of the address that switches it. All runs switches all off."""

        def kind(name: str) -> tuple[bool, dict[str, Any]]:
            on = self.kind == name
            return on, self.arguments(kind="" if on else name)

        return {
            "all": (self.is_plain, {}),
            "usage": kind(RunKind.USAGE),
            "refresh": kind(RunKind.REFRESH),
            "tickets": kind(RunKind.TICKETS),
            "failures": (self.failures, self.arguments(failures=not self.failures)),
            "dry": (self.dry is True, self.arguments(dry=None if self.dry else True)),
        }


@dataclass(frozen=True)
class RunView:
    """What the page of one run shows below its figures: a tab, and what its rows are narrowed to.

    ``tab`` is one of TABS; ``q`` a text in the names of customer, contract, service or product; ``result`` a ResultState, for
    the tab of customers.
    """

    tab: str = "changes"
    q: str = ""
    result: str = ""
    page: int = 1

    @classmethod
    def parse(cls, arguments: Mapping[str, Sequence[str]]) -> RunView:
        """From the lists of values in a query string. What is not understood is ignored."""
        tab, result = text_in(arguments, "lines"), text_in(arguments, "result")
        return cls(
            tab=tab if tab in TABS else "changes",
            q=text_in(arguments, "q"),
            result=result if tab == "customers" and result in tuple(ResultState) else "",
            page=page_in(arguments),
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string of this view with ``changes``, as keywords for ``url_for``; another tab begins at its first page."""
        wanted = replace(self, **({"page": 1} | changes))
        named = {"lines": wanted.tab, "q": wanted.q, "result": wanted.result, "page": wanted.page if wanted.page > 1 else None}
        return {name: value for name, value in named.items() if value not in (None, "")}


def text_in(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    """The last value of that name, trimmed; without the character that PostgreSQL does not take."""
    return (arguments.get(name) or [""])[-1].replace("\0", "").strip()[:_LONGEST]


def page_in(arguments: Mapping[str, Sequence[str]]) -> int:
    """The number of the page, 1 for anything that is none."""
    page = text_in(arguments, "page")[:_LONGEST_PAGE]
    return max(1, int(page)) if page.isascii() and page.isdecimal() else 1


def _month(text: str) -> str:
    try:
        return str(Month.parse(text))
    except ValueError:
        return ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None
