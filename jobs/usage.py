"""Usage sync: contracts get the quantities that customers use."""

from __future__ import annotations

from jobs import runs


def sync(run_id: int) -> None:
    """Carry out the usage sync with this id."""
    runs.carry_out(run_id)
