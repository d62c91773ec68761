"""PURE: which customers the list shows, in which order and from which page: the query string of the customers page, parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

STATUSES = ("successful", "failed")
SORTS = ("name", "company", "contract", "status")
_LONGEST_SEARCH = 200
_LONGEST_PAGE = 9  # digits: enough to be past the end, so that the last page is shown, and few enough for the database


@dataclass(frozen=True)
class CustomerFilter:
    """The filter of design section 8. ``mapped`` None shows both; no ``statuses`` shows all, also those never synced.

    ``sort`` is one of SORTS, with ``-`` before it for the other direction.
    """

    q: str = ""
    available: bool = False
    statuses: tuple[str, ...] = ()
    mapped: bool | None = None
    attention: bool = False
    sort: str = "name"
    page: int = 1

    @classmethod
    def parse(cls, arguments: Mapping[str, Sequence[str]]) -> CustomerFilter:
        """From the lists of values in a query string. What is not understood is ignored."""

        def last(name: str) -> str:
            return (arguments.get(name) or [""])[-1].strip()

        asked = set(arguments.get("status") or [])
        page = last("page")
        sort = last("sort")
        return cls(
            q=last("q")[:_LONGEST_SEARCH],
            available=last("available") == "1",
            statuses=tuple(status for status in STATUSES if status in asked),
            mapped={"0": False, "1": True}.get(last("mapped")),
            attention=last("attention") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else "name",
            page=max(1, int(page[:_LONGEST_PAGE])) if page.isascii() and page.isdecimal() else 1,
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string of this filter with ``changes``, as keywords for ``url_for``; what is the default is left out.

        A change of anything but the page goes back to the first one.
        """
        wanted = replace(self, **({"page": 1} | changes))
        named: dict[str, Any] = {
            "q": wanted.q or None,
            "available": 1 if wanted.available else None,
            "status": list(wanted.statuses) or None,
            "mapped": None if wanted.mapped is None else int(wanted.mapped),
            "attention": 1 if wanted.attention else None,
            "sort": wanted.sort if wanted.sort != "name" else None,
            "page": wanted.page if wanted.page > 1 else None,
        }
        return {name: value for name, value in named.items() if value is not None}

    def here(self, **more: Any) -> dict[str, Any]:
        """The query string of exactly this page."""
        return self.arguments(page=self.page) | more

    @property
    def is_plain(self) -> bool:
        """Whether every customer is shown, whatever is searched for."""
        return replace(self, q="", sort="name", page=1) == CustomerFilter()

    @property
    def narrows(self) -> bool:
        """Whether some customers may be left out, by filter or by search."""
        return bool(self.q) or not self.is_plain

    def chips(self) -> Mapping[str, tuple[bool, dict[str, Any]]]:
        """For each chip whether it is on, and the arguments of the address that switches it. All customers switches all off."""

        def status(name: str) -> tuple[bool, dict[str, Any]]:
            on = name in self.statuses
            kept = tuple(other for other in STATUSES if (other in self.statuses) != (other == name))
            return on, self.arguments(statuses=kept)

        plain = self.arguments(available=False, statuses=(), mapped=None, attention=False)
        return {
            "all": (self.is_plain, plain),
            "available": (self.available, self.arguments(available=not self.available)),
            "successful": status("successful"),
            "failed": status("failed"),
            "unmapped": (self.mapped is False, self.arguments(mapped=None if self.mapped is False else False)),
            "attention": (self.attention, self.arguments(attention=not self.attention)),
        }
