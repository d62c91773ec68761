"""PURE: plain values out of what the APIs send. Tolerant of form, never guessing: what cannot be read is None."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

_WHOLE = re.compile(r"\s*([+-]?\d{1,15})(\.0+)?\s*")
_MOST = 1_000_000_000
_UNSAFE = frozenset({"Cc", "Cs"})  # control characters and halves of characters, which databases refuse


def whole(value: Any) -> int | None:
    """A whole number from an int, a float or a text that is one; None for anything else, and beyond a thousand million."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value)
        number = int(match[1]) if match else None
    elif isinstance(value, float):
        number = int(value) if math.isfinite(value) and value.is_integer() else None
    else:
        number = value if isinstance(value, int) else None
    return number if number is not None and abs(number) <= _MOST else None


def identifier(value: Any) -> int | None:
    """An id (int64): a whole number that is not negative; 0 is one (Autotask's own company)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        return None
    return int(value) if 0 <= value < 2**63 else None


def decimal(value: Any) -> float | None:
    """A finite number, for prices that are shown."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def text(value: Any, limit: int = 2000) -> str | None:
    """A text without control characters, cut to ``limit``; None for anything else and for an empty one."""
    if not isinstance(value, str):
        return None
    return cleaned(value, limit) or None


def cleaned(value: str, limit: int) -> str:
    """``value`` on one line: control characters become spaces, halves of characters go, the rest stays as it is."""
    safe = "".join(" " if unicodedata.category(sign) in _UNSAFE else sign for sign in value[: limit * 2])
    return " ".join(safe.split())[:limit]


def plain_date(value: Any) -> date | None:
    """The date in the first ten characters (``2026-11-01T00:00:00.000``); None where there is no such day."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    """A moment in UTC from an ISO text; one without a zone is read as UTC. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def cut(value: str, limit: int) -> str:
    """The beginning of ``value``, at most ``limit`` characters as Autotask counts them: one beyond the basic plane is two."""
    return value.encode("utf-16-le", "replace")[: limit * 2].decode("utf-16-le", "ignore")


def flag(value: Any, default: bool) -> bool:
    """A yes or no, also where it comes as 1 or 0 (autotask-api.md, section 3: not every flag is a boolean)."""
    if isinstance(value, bool):
        return value
    return bool(value) if value in (0, 1) else default
