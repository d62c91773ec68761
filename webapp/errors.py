"""Errors that have a place on a page or on the command line, and the pages for those that have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """Something that was asked for is not done, and nothing was changed.

    ``code`` is a key of webapp/codes or a sentence key of the form that shows it; ``field`` names the input it belongs to.
    """

    def __init__(self, code: str, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params: Mapping[str, Any] = params


class NotFound(Exception):
    """There is no such thing here: 404 on a page, exit status 1 or 2 on the command line."""

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"no {what} {key}")
        self.what = what
        self.key = key
