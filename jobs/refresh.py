"""Refresh: customers from Sophos, companies and contracts from Autotask."""

from __future__ import annotations

from jobs import runs


def refresh(run_id: int) -> None:
    """Carry out the refresh with this id."""
    runs.carry_out(run_id)
