"""Lists of Autotask, page by page (autotask-api.md, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from webapp.clients.autotask import parse
from webapp.clients.autotask.basic import SYSTEM, AutotaskBasic
from webapp.clients.causes import NO_END, PAGE_MISSING, PAGE_TWICE
from webapp.clients.errors import BadAnswer

Entity = TypeVar("Entity")
Condition = Mapping[str, Any]

LARGEST_PAGE = 500  # rows of an answer, and conditions of a query (sections 3 and 4)
EVERY_ROW: Condition = {"op": "exist", "field": "id"}  # a query must have a filter
_MOST_PAGES = 4000


def among(
    basic: AutotaskBasic,
    entity: str,
    make: Callable[[Mapping[str, Any]], Entity],
    *conditions: Condition,
    values: Iterable[int] | Iterable[str],
    field: str = "id",
) -> Iterator[tuple[Entity, ...]]:
    """The rows whose ``field`` is one of ``values`` and that fit all ``conditions``, by at most 500 values a query. Without a
    value nothing is asked. Raises ApiError."""
    wanted: list[int | str] = list(dict.fromkeys(values))
    for start in range(0, len(wanted), LARGEST_PAGE):
        chosen: Condition = {"op": "in", "field": field, "value": wanted[start : start + LARGEST_PAGE]}
        yield from query(basic, entity, make, [chosen, *conditions])


def query(
    basic: AutotaskBasic, entity: str, make: Callable[[Mapping[str, Any]], Entity], conditions: list[Condition]
) -> Iterator[tuple[Entity, ...]]:
    """Every page of a query (section 3): the next address is followed as it came, with the same verb and body."""
    body = {"MaxRecords": LARGEST_PAGE, "Filter": conditions}
    answer = basic.ask(f"{entity}/query", body, entity=entity)
    followed: set[str] = set()
    for _number in range(_MOST_PAGES):
        page = parse.all_of(answer.get("items"), make)
        if page:
            yield page
        url = _next_page(answer, len(page))
        if url is None:
            return
        if url in followed:
            raise BadAnswer(SYSTEM, cause=PAGE_TWICE)
        followed.add(url)
        answer = basic.ask_at(url, body, entity=entity)
    raise BadAnswer(SYSTEM, cause=NO_END)


def _next_page(answer: Mapping[str, Any], rows: int) -> str | None:
    details = answer.get("pageDetails")
    if not isinstance(details, dict):
        if rows >= LARGEST_PAGE:
            raise BadAnswer(SYSTEM, cause=PAGE_MISSING)
        return None
    url = details.get("nextPageUrl")
    return url if isinstance(url, str) and url else None
