"""What was chosen for tickets by the settings, as values of Autotask's own picklists (section 13, 26)."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.services import preferences
from webapp.services.setting_checks import TICKET_CHOICES as SETTINGS
from webapp.services.ticket_picklists import (
    active,
    field,
    inactive,
    is_stale,
    key_is_queryable,
    more_fields,
    names,
    read_at,
    resolve,
    store,
)

__all__ = [
    "SETTINGS",
    "Chosen",
    "active",
    "chosen",
    "field",
    "inactive",
    "is_stale",
    "key_is_queryable",
    "more_fields",
    "names",
    "read_at",
    "resolve",
    "store",
]


@dataclass(frozen=True)
class Chosen:
    """Values of the settings, None where nothing (or nothing that Autotask knows) is chosen. ``missing`` names those settings."""

    queue: int | None
    priority: int | None
    source: int | None

    @property
    def missing(self) -> tuple[str, ...]:
        values = {"ticket_queue": self.queue, "ticket_priority": self.priority, "ticket_source": self.source}
        return tuple(name for name, value in values.items() if value is None)


def chosen() -> Chosen:
    """What the settings say, as values of Autotask's picklists. Reads only."""
    values = {name: preferences.get(name) for name in SETTINGS}
    ids = {name: resolve(SETTINGS[name], text) if text else None for name, text in values.items()}
    return Chosen(ids["ticket_queue"], ids["ticket_priority"], ids["ticket_source"])
