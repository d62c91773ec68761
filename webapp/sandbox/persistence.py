"""A state file, so that a demo that is stopped and started goes on with the units that it had posted."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from .state import State
from .units import UnitRow

FORMAT = 1


def save(state: State, path: Path, ports: dict[str, int]) -> None:
    """Write the whole state, in one step: a crash leaves the file before. Tokens, faults and books are not kept."""
    with state.lock:
        text = json.dumps(_dump(state, ports), ensure_ascii=False)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def load(state: State, path: Path) -> dict[str, int]:
    """Fill the state from the file; gives the ports used last time. Raises ValueError for a file that is none."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(stored, dict) or stored.get("format") != FORMAT:
        raise ValueError(f"{path} is no state file of this sandbox")
    _fill(state, stored)
    return {str(name): int(port) for name, port in stored["ports"].items()}


def _dump(state: State, ports: dict[str, int]) -> dict[str, Any]:
    autotask = state.autotask
    lines = {
        str(line_id): [{**asdict(row), "start": row.start.isoformat(), "end": row.end.isoformat()} for row in rows]
        for line_id, rows in autotask.lines.items()
    }
    return {
        "format": FORMAT,
        "ports": ports,
        "switches": state.switches.as_dict(),
        "alerts_made": state.alerts_made,
        "customers": state.sophos.customers,
        "usage": {month: [[*key, line] for key, line in lines.items()] for month, lines in state.sophos.usage.items()},
        "alerts": state.sophos.alerts,
        "tables": {name: list(table.values()) for name, table in autotask.tables.items()},
        "counters": autotask.counters,
        "lines": lines,
        "dates_used": {str(line_id): sorted(days) for line_id, days in autotask.dates_used.items()},
    }


def _fill(state: State, stored: dict[str, Any]) -> None:
    autotask = state.autotask
    state.switches.update(stored["switches"])
    state.alerts_made = stored["alerts_made"]
    state.sophos.customers = stored["customers"]
    state.sophos.alerts = stored["alerts"]
    state.sophos.usage = {
        month: {(customer, code, order): line for customer, code, order, line in lines}
        for month, lines in stored["usage"].items()
    }
    for name, rows in stored["tables"].items():
        autotask.tables[name] = {row["id"]: row for row in rows}
    autotask.counters.update(stored["counters"])
    for line_id, row in autotask.tables["ContractServices"].items():
        autotask.lines_of_contract[row["contractID"]].append(line_id)
    for line_id, rows in stored["lines"].items():
        autotask.lines[int(line_id)] = [
            UnitRow(**{**row, "start": date.fromisoformat(row["start"]), "end": date.fromisoformat(row["end"])}) for row in rows
        ]
    for line_id, days in stored["dates_used"].items():
        autotask.dates_used[int(line_id)] = set(days)
