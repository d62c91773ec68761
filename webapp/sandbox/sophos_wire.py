"""What all Sophos API hosts share: error objects, who may call, the call limit, the two kinds of pages.

sophos-api.md, sections 2 and 8.
"""

from __future__ import annotations

import base64
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from .wire import answer

if TYPE_CHECKING:
    from .state import State

Item = dict[str, Any]
PER_MINUTE = 100
BURST = 300
OFFSET_PAGE = 100
DEFAULT_PAGE = 50


class Problem(Exception):
    """An error object with its status."""

    def __init__(self, status: int, error: str, message: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.message = message


def problem(status: int, error: str, message: str | None = None, created_at: str | None = None) -> Response:
    """The error object as the samples have it; which of the fields are there varies."""
    body: Item = {"error": error, "correlationId": str(uuid.uuid4()), "requestId": str(uuid.uuid4())}
    if message is not None:
        body["message"] = message
    if created_at is not None:
        body["createdAt"] = created_at
    return answer(body, status)


class CallLimit:
    """100 calls a minute are let through for good, 300 at once; one count for all hosts (section 8.1)."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more call is within the limit."""
        with self._lock:
            now = time.monotonic()
            self._left = min(BURST, self._left + (now - self._at) * PER_MINUTE / 60)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def refusal(kind: str) -> Response:
    """Answers for faults and limits. The `error` word of a 429 is not recorded; no Retry-After is documented."""
    if kind == "unauthorized":
        return problem(401, "Unauthorized")
    return problem(429, "TooManyRequests", "Too many requests.")


def check_call(state: State, request: Request) -> None:
    """Limit and bearer token. Raises Problem."""
    if state.switches.sophos_rate_limit and not state.sophos_calls.take():
        raise Problem(429, "TooManyRequests", "Too many requests.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not state.sophos.token_is_good(token.strip()):
        raise Problem(401, "Unauthorized")


def check_partner(state: State, request: Request) -> None:
    """The partner's id must be in X-Partner-ID, upper and lower case alike; else 401. Raises Problem."""
    if request.headers.get("X-Partner-ID", "").lower() != state.sophos.partner_id:
        raise Problem(401, "Unauthorized")


def check_customer(state: State, request: Request) -> Item:
    """The customer named by X-Tenant-ID. 401 for none or an unknown one, 403 where the partner may not look."""
    customer = state.sophos.customers.get(request.headers.get("X-Tenant-ID", "").lower())
    if customer is None:
        raise Problem(401, "Unauthorized")
    if not customer["_assistance"] or customer["id"] in state.switches.forbidden_customers:
        raise Problem(403, "forbidden", "Access is denied")
    return customer


def number(args: MultiDict[str, str], name: str, default: int) -> int:
    """A positive whole number of the query string. Raises Problem 400."""
    text = args.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Problem(400, "badRequest", f"Invalid {name}")
    return int(text)


def flag(args: MultiDict[str, str], name: str) -> bool:
    """A switch of the query string."""
    return args.get(name, "").lower() == "true"


def page_size(state: State, args: MultiDict[str, str], default: int, largest: int) -> int:
    """The size asked for; above the largest one it is cut or refused, by switch (the real answer is unknown)."""
    size = number(args, "pageSize", default)
    if size > largest and state.switches.oversize_page != "cut":
        raise Problem(400, "badRequest", "Invalid pageSize")
    return min(size, largest)


def some_fields(items: list[Item], names: str) -> list[Item]:
    """Partial answers: only the fields asked for."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return [{name: item[name] for name in wanted if name in item} for item in items] if wanted else items


def public(item: Item) -> Item:
    """Without what is only ours."""
    return {name: value for name, value in item.items() if not name.startswith("_")}


def offset_page(state: State, args: MultiDict[str, str], items: list[Item], show: Callable[[Item], Item] = public) -> Item:
    """Pages by number; a page past the end is empty (section 8.3). `show` makes of an item what may leave."""
    size = page_size(state, args, DEFAULT_PAGE, OFFSET_PAGE)
    current = number(args, "page", 1)
    pages: Item = {"current": current, "size": size, "maxSize": OFFSET_PAGE}
    if flag(args, "pageTotal"):
        pages |= {"total": -(-len(items) // size), "items": len(items)}
    shown = [show(item) for item in items[(current - 1) * size : current * size]]
    return {"items": some_fields(shown, args.get("fields", "")), "pages": pages}


def key_page(state: State, args: MultiDict[str, str], items: list[Item], default: int, largest: int) -> Item:
    """Pages by key. The key is opaque; by switch the last page carries one that leads to an empty page."""
    size = page_size(state, args, default, largest)
    key = args.get("pageFromKey", "")
    start = _place(key) if key else 0
    if start > len(items):
        raise Problem(400, "badRequest", "Invalid page key")
    shown = [public(item) for item in items[start : start + size]]
    pages: Item = {"size": size, "maxSize": largest}
    if key:
        pages["fromKey"] = key
    following = start + len(shown)
    if following < len(items) or (state.switches.trailing_key and shown):
        pages["nextKey"] = _key(following)
    if flag(args, "pageTotal"):
        pages |= {"total": -(-len(items) // size), "items": len(items)}
    return {"items": some_fields(shown, args.get("fields", "")), "pages": pages}


def _key(place: int) -> str:
    """Base64 with its padding: a key has to be URL-encoded by who sends it back."""
    return base64.b64encode(f"+/{place:08d}".encode()).decode()


def _place(key: str) -> int:
    try:
        text = base64.b64decode(key, validate=True).decode()
        return int(text.removeprefix("+/"))
    except ValueError:
        raise Problem(400, "badRequest", "Invalid page key") from None
