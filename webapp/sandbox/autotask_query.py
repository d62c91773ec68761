"""Queries of the Autotask stand-in: filters and IncludeFields (autotask-api.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from .autotask_errors import TOO_MANY_OR, Rule, not_a_number, unknown_field
from .autotask_fields import Entity, Field

Row = dict[str, Any]
Test = Callable[[Row], bool]
PAGE = 500
OR_LIMIT = 500
NUMBERS = ("int", "long", "dec")


@dataclass(frozen=True)
class Narrow:
    """What every fitting row has, so that fewer rows need a look: ids by field, and limits for unit rows."""

    ids: dict[str, set[int]] = field(default_factory=dict)
    starts_by: date = date.max
    ends_from: date = date.min


@dataclass(frozen=True)
class Query:
    """One parsed query body."""

    test: Test
    page_size: int = PAGE
    include: tuple[str, ...] = ()
    body: Row = field(default_factory=dict)
    narrow: Narrow = field(default_factory=Narrow)


def parse(entity: Entity, body: Any) -> Query:
    """Read a query body in either casing. Raises Rule for what Autotask refuses."""
    if not isinstance(body, dict):
        raise Rule("Invalid query syntax.")
    parts = {str(name).lower(): value for name, value in body.items()}
    filters = parts.get("filter")
    if not isinstance(filters, list) or not filters:
        raise Rule("Invalid query syntax.")  # "filter is mandatory"; its text was never recorded
    if _or_conditions({"op": "and", "items": filters}, False) > OR_LIMIT:
        raise Rule(TOO_MANY_OR)
    size = parts.get("maxrecords") or PAGE
    if not isinstance(size, int) or not 1 <= size <= PAGE:
        raise Rule("Invalid query syntax.")
    include = []
    for name in parts.get("includefields") or []:
        found = entity.field(str(name))
        if found is None:
            raise unknown_field(str(name), entity.name)
        include.append(found.name)
    test = _all([_test(entity, node) for node in filters])
    return Query(test, size, tuple(include), body, _narrow(entity, filters))


def _narrow(entity: Entity, filters: list[Any]) -> Narrow:
    ids: dict[str, set[int]] = {}
    starts_by, ends_from = date.max, date.min
    for node in filters:
        parts = _keys(node)
        found = entity.field(str(parts.get("field", "")))
        op, value = str(parts.get("op", "")).lower(), parts.get("value")
        if found is None or value is None:
            continue
        if found.kind in ("int", "long") and op in ("eq", "in"):
            wanted = {_value(found, item) for item in (value if isinstance(value, list) else [value])}
            ids[found.name] = ids[found.name] & wanted if found.name in ids else wanted
        elif found.name == "startDate" and op in ("lt", "lte", "eq"):
            starts_by = min(starts_by, _value(found, value).date())
        elif found.name == "endDate" and op in ("gt", "gte", "eq"):
            ends_from = max(ends_from, _value(found, value).date())
    return Narrow(ids, starts_by, ends_from)


def _keys(node: Any) -> Row:
    if not isinstance(node, dict):
        raise Rule("Invalid query syntax.")
    return {str(name).lower(): value for name, value in node.items()}


def _or_conditions(node: Any, inside_or: bool) -> int:
    parts = _keys(node)
    op = str(parts.get("op", "")).lower()
    if op in ("and", "or"):
        return sum(_or_conditions(item, op == "or") for item in parts.get("items") or [])
    if op == "in" and isinstance(parts.get("value"), list):
        return len(parts["value"])
    return 1 if inside_or else 0


def _all(tests: list[Test]) -> Test:
    return lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)


def _test(entity: Entity, node: Any) -> Test:
    parts = _keys(node)
    op = str(parts.get("op", "")).lower()
    if op in ("and", "or"):
        tests = [_test(entity, item) for item in parts.get("items") or []]
        return _all(tests) if op == "and" else _any(tests)
    name = str(parts.get("field", ""))
    if parts.get("udf"):
        return _user_field(name, parts.get("value"))
    found = entity.field(name)
    if found is None or not _queryable(entity, found):
        raise unknown_field(name, entity.name)
    return _leaf(found, op, parts.get("value"))


def _queryable(entity: Entity, found: Field) -> bool:
    return (entity.name, found.name) not in {("Ticket", "creatorType"), ("Ticket", "lastActivityPersonType")}


def _user_field(name: str, value: Any) -> Test:
    def test(row: Row) -> bool:
        return any(item.get("name") == name and item.get("value") == value for item in row.get("userDefinedFields") or [])

    return test


def _leaf(found: Field, op: str, value: Any) -> Test:
    name = found.name
    if op == "exist":
        return lambda row: row.get(name) is not None
    if op == "notexist":
        return lambda row: row.get(name) is None
    if op in ("in", "notin"):
        if not isinstance(value, list):
            raise Rule("Invalid query syntax.")
        wanted = {_value(found, item) for item in value}
        return lambda row: (_stored(found, row.get(name)) in wanted) == (op == "in")
    if op in ("beginswith", "endswith", "contains"):
        return _text_test(name, op, str(value).casefold())
    if op not in ("eq", "noteq", "gt", "gte", "lt", "lte"):
        raise Rule("Invalid query syntax.")
    return _compare(found, op, _value(found, value))


def _text_test(name: str, op: str, part: str) -> Test:
    def test(row: Row) -> bool:
        text = row.get(name)
        if text is None:
            return False
        text = str(text).casefold()
        if op == "contains":
            return part in text
        return text.startswith(part) if op == "beginswith" else text.endswith(part)

    return test


def _compare(found: Field, op: str, wanted: Any) -> Test:
    def test(row: Row) -> bool:
        has = _stored(found, row.get(found.name))
        if op == "eq":
            return bool(has == wanted)
        if op == "noteq":
            return bool(has != wanted)
        if has is None or wanted is None:
            return False
        if op in ("gt", "gte"):
            return bool(has > wanted or (op == "gte" and has == wanted))
        return bool(has < wanted or (op == "lte" and has == wanted))

    return test


def moment_of(found: Field, text: str) -> datetime:
    """A date or moment as sent. Date-only fields are cut to midnight; without a zone it is UTC. Raises ValueError."""
    if found.day:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _stored(found: Field, value: Any) -> Any:
    if value is None:
        return None
    if found.kind == "str":
        return str(value).casefold()
    return moment_of(found, value) if found.kind == "date" else value


def _value(found: Field, value: Any) -> Any:
    """The filter's value in the field's type; SQL Server compares texts without case."""
    if value is None:
        return None
    if found.kind in NUMBERS:
        if isinstance(value, bool):
            raise not_a_number(str(value).lower())
        try:
            return float(value) if found.kind == "dec" else int(value)
        except (TypeError, ValueError):
            raise not_a_number(value) from None
    if found.kind == "bool":
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())
    if found.kind == "date":
        try:
            return moment_of(found, str(value))
        except ValueError:
            raise Rule(f"Conversion failed when converting varchar '{value}' to data type datetime") from None
    return str(value).casefold()
