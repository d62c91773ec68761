"""Faults that can be switched on: which requests they hit, and what then happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

HOSTS = ("sophos_id", "sophos_api", "sophos_region", "autotask_zone", "autotask")
ACTIONS = (
    "status",  # answers `status` with `body` (JSON) or nothing; not applied
    "html",  # answers `status` (500) with an HTML page; not applied
    "cut_json",  # applied; the answer has its status, but the body breaks off
    "reset_before",  # connection reset, not applied
    "reset_after",  # applied, then connection reset
    "delay",  # waits `seconds`, then applies and answers
    "delay_after",  # applies, waits `seconds`, then answers
    "drop",  # applied, then silence until released or `seconds` have passed, then reset
    "drop_before",  # silence until released or `seconds` have passed, then reset; not applied
    "status_after",  # applied, but answers `status` (500) with `body` (JSON), or with an HTML page where there is none
    "redirect",  # answers 302 to `location`; not applied
    "unauthorized",  # 401 as the host gives it
    "too_many",  # 429, with Retry-After when `retry_after` is given
    "thread_error",  # Autotask's thread limit
    "threshold",  # Autotask's hourly limit
)


@dataclass
class Fault:
    """Hits requests on `host` with this `method` and this text in the path (and in the body, if given).

    `nth`: only from the nth matching request on (1 is the first). `times`: how often it strikes; None is always.
    `host` None and `method` None match all.
    """

    action: str
    host: str | None = None
    method: str | None = None
    path: str = ""
    body_contains: str = ""
    nth: int = 1
    times: int | None = None
    status: int = 500
    body: Any = None
    seconds: float = 30.0
    location: str = "http://127.0.0.1:9/elsewhere"
    retry_after: int | None = None
    id: int = 0
    seen: int = 0
    struck: int = 0
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        if self.action == "401":
            self.action = "unauthorized"
        elif self.action == "429":
            self.action = "too_many"
        if self.action not in ACTIONS:
            raise ValueError(f"unknown action: {self.action}")
        if self.host is not None and self.host not in HOSTS:
            raise ValueError(f"unknown host: {self.host}")

    def matches(self, host: str, method: str, path: str, body: str) -> bool:
        """Whether the request is one of those meant; counting is the caller's work."""
        return (
            self.host in (None, host)
            and (self.method is None or self.method.upper() == method)
            and self.path.lower() in path.lower()
            and self.body_contains.lower() in body.lower()
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the event."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "released"}


class Faults:
    """The faults that are switched on. The first one that matches and has strikes left is taken."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._next_id = 1

    def add(self, action: str, **how: Any) -> Fault:
        """Switch a fault on (fields of `Fault`). Raises ValueError or TypeError for unknown names."""
        fault = Fault(action=action, **how)
        with self._lock:
            fault.id = self._next_id
            self._next_id += 1
            self._faults.append(fault)
        return fault

    def take(self, host: str, method: str, path: str, body: Callable[[], str]) -> Fault | None:
        """The fault that strikes this request, already counted; None for most."""
        with self._lock:
            if not self._faults:
                return None
            text = body()
            for fault in self._faults:
                if not fault.matches(host, method, path, text):
                    continue
                fault.seen += 1
                if fault.seen < fault.nth or (fault.times is not None and fault.struck >= fault.times):
                    continue
                fault.struck += 1
                return fault
        return None

    def release(self) -> None:
        """Let all requests that a `drop` holds go on to their end."""
        with self._lock:
            for fault in self._faults:
                fault.released.set()

    def clear(self) -> None:
        """Switch all faults off and release what they hold."""
        self.release()
        with self._lock:
            self._faults.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """JSON-ready copies."""
        with self._lock:
            return [fault.as_dict() for fault in self._faults]
