"""Alerts for the unit tests of ticket sync, each made from one that stands for nothing in particular."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from webapp.alerts import Alert

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_ANY = Alert(
    id="0b6f6c1e-5d0c-4b5e-9a53-6f2f5c0a1d11",
    customer_id="c-1",
    raised_at=NOON,
    severity="high",
    category="connectivity",
    product="firewall",
    type="Event::Firewall::FirewallGatewayDown",
    description="Gateway 'Fibre' is Down",
    device_id="6e9567ea-bb50-40c5-9f12-42eb308e4c9b",
    device_name="fw-office",
    device_type="firewall",
)


def alert(**changes: Any) -> Alert:
    return replace(_ANY, **changes)
