"""Rows of the Autotask tables as the API shows them: every field present, unit rows drawn from their lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .autotask_fields import WITHOUT_USER_FIELDS, Entity
from .autotask_store import AutotaskStore, day_text
from .units import UnitRow

Row = dict[str, Any]


def shown(entity: Entity, row: Row) -> Row:
    """The row with all fields of its entity; what is not set is null."""
    full: Row = {found.name: row.get(found.name) for found in entity.fields.values()}
    if entity.name not in WITHOUT_USER_FIELDS:
        full["userDefinedFields"] = row.get("userDefinedFields", [])
    return full


def rows(store: AutotaskStore, entity: Entity, narrow: dict[str, set[int]] | None = None) -> list[Row]:
    """All rows of the entity as shown; `narrow` names ids outside which nothing is wanted."""
    narrow = narrow or {}
    if entity.plural == "ContractServiceUnits":
        return [shown(entity, row) for row in _unit_rows(store, narrow)]
    table = store.tables[entity.plural]
    ids: Iterable[int] = table
    if "id" in narrow:
        ids = [row_id for row_id in narrow["id"] if row_id in table]
    return [shown(entity, table[row_id]) for row_id in ids]


def _unit_rows(store: AutotaskStore, narrow: dict[str, set[int]]) -> Iterable[Row]:
    lines = store.tables["ContractServices"]
    wanted, contracts = narrow.get("contractServiceID"), narrow.get("contractID")
    visible = store.visible_lines()
    for line_id in visible if wanted is None else wanted & visible.keys():
        line = lines[line_id]
        if contracts is None or line["contractID"] in contracts:
            for row in visible[line_id]:
                yield _unit_row(line, row)


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
