"""Which names Kontor reads from the environment, and what its child processes get of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any

from webapp.settings import Settings, load_settings

KEPT_FOR_CHILDREN = {"KONTOR_TIMEZONE", "KONTOR_LOG_LEVEL"}


class _Recorder(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def setting_names() -> set[str]:
    """Every name that ``load_settings`` reads, those with ``_FILE`` included."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = _Recorder(KONTOR_INSTANCE=folder)
        load_settings(recorder)
    return recorder.asked


def environment_for(overrides: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process that serves another instance: none of this one's settings but zone and log level."""
    ours = setting_names() - KEPT_FOR_CHILDREN
    return {name: value for name, value in os.environ.items() if name not in ours} | dict(overrides)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a child process of the same instance, wherever it is started."""
    return dict(os.environ) | {"KONTOR_INSTANCE": str(settings.instance), "PORT": str(settings.port)}
