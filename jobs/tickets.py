"""Ticket sync: alerts become tickets, and tickets close with them."""

from __future__ import annotations

from jobs import runs


def sync(run_id: int) -> None:
    """Carry out the ticket sync with this id."""
    runs.carry_out(run_id)
