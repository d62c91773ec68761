"""The application that jobs run in: made once for each process, before a worker forks."""

from __future__ import annotations

from functools import cache

from flask import Flask

from webapp import create_app


@cache
def application() -> Flask:
    """Kontor with the environment's settings. Raises SettingsError."""
    return create_app()
