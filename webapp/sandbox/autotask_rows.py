"""Rows of the Autotask tables: which ones a query has to look at, and how they are shown, with every field present."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from .autotask_fields import WITHOUT_USER_FIELDS, Entity
from .autotask_query import Narrow
from .autotask_store import AutotaskStore, day_text
from .units import UnitRow

Row = dict[str, Any]
EVERYTHING = Narrow()


def shown(entity: Entity, row: Row) -> Row:
    """The row with all fields of its entity; what is not set is null."""
    full: Row = {found.name: row.get(found.name) for found in entity.fields.values()}
    if entity.name not in WITHOUT_USER_FIELDS:
        full["userDefinedFields"] = row.get("userDefinedFields", [])
    return full


def rows(store: AutotaskStore, entity: Entity, narrow: Narrow = EVERYTHING, after: int | None = None) -> list[Row]:
    """Rows as stored, ordered by id: at least all that can fit `narrow` and have an id above `after`."""
    if entity.plural == "ContractServiceUnits":
        found = (row for row in _unit_rows(store, narrow) if after is None or row["id"] > after)
        return sorted(found, key=lambda row: int(row["id"]))
    table = store.tables[entity.plural]
    ids: Iterable[int] = table
    if "id" in narrow.ids:
        ids = narrow.ids["id"]
    elif entity.plural == "ContractServices" and "contractID" in narrow.ids:
        ids = [line for contract in narrow.ids["contractID"] for line in store.lines_of_contract.get(contract, [])]
    ordered = sorted(row_id for row_id in ids if row_id in table)
    start = 0 if after is None else bisect_right(ordered, after)
    return [table[row_id] for row_id in ordered[start:]]


def _unit_rows(store: AutotaskStore, narrow: Narrow) -> Iterable[Row]:
    lines = store.tables["ContractServices"]
    visible = store.visible_lines()
    wanted: Iterable[int] = visible
    if "contractServiceID" in narrow.ids:
        wanted = narrow.ids["contractServiceID"] & visible.keys()
    elif "contractID" in narrow.ids:
        wanted = [line for contract in narrow.ids["contractID"] for line in store.lines_of_contract.get(contract, [])]
    for line_id in wanted:
        for row in visible[line_id]:
            if row.start <= narrow.starts_by and row.end >= narrow.ends_from:
                yield _unit_row(lines[line_id], row)


def _unit_row(line: Row, row: UnitRow) -> Row:
    return {
        "id": row.id,
        "contractID": line["contractID"],
        "contractServiceID": line["id"],
        "serviceID": line["serviceID"],
        "startDate": day_text(row.start),
        "endDate": day_text(row.end),
        "units": row.units,
        "price": row.price,
        "cost": line.get("unitCost"),
        "internalCurrencyPrice": row.price,
        "approveAndPostDate": row.posted,
    }
