"""Pages of the Autotask stand-in: 500 rows, ordered by id, an id cursor in nextPageUrl (autotask-api.md, section 3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .autotask_errors import Rule
from .autotask_fields import Entity
from .autotask_query import PAGE, Query
from .autotask_rows import shown

Row = dict[str, Any]
Source = Callable[[int | None], list[Row]]
"""Gives the stored rows above an id (None: all), ordered by id."""


def page(query: Query, entity: Entity, source: Source, paging: str | None, url: str) -> Row:
    """One page of the rows that fit.

    `paging` is the cursor of a nextPageUrl or prevPageUrl as JSON text; `url` the absolute address of the query
    without its query string. Raises Rule.
    """
    size, after, before = _cursor(paging, query.page_size)
    if query.include and "id" not in query.include and _fitting(query, source(None), PAGE + 1)[PAGE:]:
        # The rule is documented, its text is not (section 3).
        raise Rule("Invalid query syntax. The id field must be included when more than 500 results are returned.")
    if before is not None:
        found = [row for row in source(None) if row["id"] < before and query.test(row)]
        rows, has_next, has_previous = found[-size:], True, len(found) > size
    else:
        found = _fitting(query, source(after), size + 1)
        rows, has_next, has_previous = found[:size], len(found) > size, after is not None
    details: Row = {"count": len(rows), "requestCount": size, "prevPageUrl": None, "nextPageUrl": None}
    if rows:
        first, last = rows[0]["id"], rows[-1]["id"]
        details["nextPageUrl"] = _link(url, query, size, first, last) if has_next else None
        details["prevPageUrl"] = _link(url, query, size, first, None) if has_previous else None
    return {"items": [_item(query, entity, row) for row in rows], "pageDetails": details}


def count(query: Query, rows: list[Row]) -> Row:
    """The answer of /query/count."""
    return {"queryCount": sum(1 for row in rows if query.test(row))}


def _fitting(query: Query, rows: list[Row], limit: int) -> list[Row]:
    found = []
    for row in rows:
        if query.test(row):
            found.append(row)
            if len(found) == limit:
                break
    return found


def _item(query: Query, entity: Entity, row: Row) -> Row:
    return {name: row.get(name) for name in query.include} if query.include else shown(entity, row)


def _cursor(paging: str | None, size: int) -> tuple[int, int | None, int | None]:
    """Page size, the id to go on from, and the id to go back from."""
    if not paging:
        return size, None, None
    try:
        parts = json.loads(paging)
        following, previous = parts.get("nextIds") or [], parts.get("previousIds") or []
        size = min(PAGE, int(parts.get("pageSize", size)))
        if following:
            return size, int(following[0]), None
        return size, None, int(previous[0]) if previous else None
    except (ValueError, TypeError, AttributeError):
        raise Rule("Invalid query syntax.") from None


def _link(url: str, query: Query, size: int, previous: int, following: int | None) -> str:
    cursor = {"pageSize": size, "previousIds": [previous], "nextIds": [following] if following is not None else []}
    search = json.dumps(query.body, separators=(",", ":"))
    return f"{url}?paging={quote(json.dumps(cursor, separators=(',', ':')), safe='')}&search={quote(search, safe='')}"
