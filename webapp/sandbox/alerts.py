"""Alerts as Sophos keeps and shows them (sophos-api.md, section 6.2). Rows have the vendor's field names."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

Item = dict[str, Any]
KEPT = timedelta(days=90)
"""Open alerts vanish by themselves after this time."""


def group_key(count: int, kind: str, number: int, detail: str) -> str:
    """The groupKey as Sophos makes it: base64 of `n,type,number,detail`, without padding."""
    return encoded(f"{count},{kind},{number},{detail}")


def encoded(text: str) -> str:
    """Base64 without padding."""
    return base64.b64encode(text.encode()).decode().rstrip("=")


def moment_text(moment: datetime) -> str:
    """A UTC moment as the API writes it, in milliseconds."""
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def raised(alert: Item) -> datetime | None:
    """When the alert was raised, UTC; None for a row that has no such moment."""
    try:
        moment = datetime.fromisoformat(str(alert.get("raisedAt")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_kept(alert: Item, now: datetime) -> bool:
    """Whether Sophos still has the alert: younger than 90 days."""
    moment = raised(alert)
    return moment is None or now - moment < KEPT


def shown(alert: Item, upper_case: bool, without_zone: bool) -> Item:
    """The alert as it leaves, by switch with its id in upper case and its moment without the zone."""
    changes: Item = {}
    if upper_case:
        changes["id"] = alert["id"].upper()
    if without_zone and "raisedAt" in alert:
        changes["raisedAt"] = str(alert["raisedAt"]).removesuffix("Z")
    return {**alert, **changes}
