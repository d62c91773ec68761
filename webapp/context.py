"""What every part of a running Kontor may ask for: the settings, the clock, the vault. Bound to the Flask application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from webapp.clock import Clock
from webapp.settings import Settings
from webapp.vault import Vault


@dataclass(frozen=True)
class Context:
    settings: Settings
    clock: Clock
    vault: Vault


def context() -> Context:
    """The context of the current application."""
    found = current_app.extensions["kontor"]
    assert isinstance(found, Context)
    return found


def now() -> datetime:
    """The present moment, in UTC."""
    return context().clock.now()


def today() -> date:
    """The date in the installation's zone."""
    return context().clock.today()
