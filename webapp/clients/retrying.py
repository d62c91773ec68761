"""PURE: when a read is tried again, and after how long.

Sophos asks for exponential back-off with full jitter and documents no Retry-After (sophos-api.md, section 8.1); Autotask
records none either. One that comes is honoured up to a minute: a longer wait belongs to the next run, not to a sleeping job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from webapp.clients.errors import ApiError, RateLimited, Trouble

LONGEST_WAIT = 60.0
_FIRST, _CAP = 1.0, 30.0
_TRANSIENT = frozenset({429, 502, 503, 504})


class _Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def json(self) -> Any: ...


def is_transient(answer: _Answer) -> bool:
    """Whether the same read may get a real answer a moment later.

    A 500 with ``{"errors": [...]}`` is how Autotask says no to the content (autotask-api.md, section 5): never repeated.
    """
    if answer.status in _TRANSIENT:
        return True
    if answer.status != 500:
        return False
    body = answer.json()
    return not (isinstance(body, dict) and body.get("errors"))


def pause(attempt: int, answer: _Answer | None, chance: Callable[[], float]) -> float | None:
    """Seconds to wait after try number ``attempt``; None where the other side asks for longer than a minute."""
    asked = retry_after(answer.headers) if answer is not None else None
    if asked is not None:
        return asked if asked <= LONGEST_WAIT else None
    return chance() * min(_CAP, _FIRST * 2 ** (attempt - 1))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header, given as a number or as a date; None where there is none that can be read."""
    raw = headers.get("retry-after", "").strip()
    if not raw:
        return None
    if raw.isascii() and raw.isdigit():
        return float(raw[:9])
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def trouble(system: str, answer: _Answer, busy: bool) -> ApiError:
    """The error for a transient answer that stayed."""
    if busy or answer.status == 429:
        return RateLimited(system, wait=retry_after(answer.headers))
    return Trouble(system, cause=f"HTTP {answer.status}")
