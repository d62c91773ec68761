"""Open alerts of a customer on its regional host: all of them or none, and acknowledging (sophos-api.md, section 6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from webapp.alerts import AckResult, Alert
from webapp.clients.causes import ENDED_EARLY, FEWER_CALLS, NO_END, NOT_WHAT_WAS_ASKED, PAGE_TWICE
from webapp.clients.errors import (
    AlertsIncomplete,
    ApiError,
    BadAnswer,
    BadRequest,
    CredentialsRefused,
    HostNotAllowed,
    NotFound,
    PermissionMissing,
    RateLimited,
    Unreachable,
)
from webapp.clients.http import Answer
from webapp.clients.sophos.basic import SYSTEM, SophosBasic, checked
from webapp.clients.sophos.parse import items_of, pages_of
from webapp.clients.sophos.parse_alerts import alert
from webapp.clients.values import whole

WHAT = "alerts"
_PATH = "/common/v1/alerts"
_A_PAGE = "100"  # the largest that every recording allows (section 6.1)
_A_PAGE_BY_DEFAULT = "50"
_MOST_PAGES = 1_000
_SAID_CLEARLY = (CredentialsRefused, PermissionMissing, HostNotAllowed)
_NOTHING_CAME = (Unreachable, RateLimited)
_TAKEN = (HTTPStatus.OK, HTTPStatus.CREATED)


def read(basic: SophosBasic, customer_id: str, api_host: str, now: Callable[[], datetime]) -> tuple[Alert, ...]:
    """All open alerts, oldest first. The list has no sort parameter: some tenants refuse it (section 6.1).

    Alerts come and go while pages are read, so that one may stand on two pages; it is taken once. One that is missing here is
    not proven to be gone unless it is asked for by its id, because the pages after an alert that was closed move up.
    """
    found: dict[str, Alert] = {}
    pages_read = 0
    try:
        for page in _pages(basic, customer_id, api_host, found):
            pages_read += 1
            for item in page:
                seen = alert(item, customer_id, now())
                found.setdefault(seen.id, seen)
    except (*_SAID_CLEARLY, AlertsIncomplete):
        raise
    except _NOTHING_CAME as error:
        if pages_read == 0:
            raise
        raise AlertsIncomplete(SYSTEM, cause=error.params.get("cause") or FEWER_CALLS) from error
    return tuple(sorted(found.values(), key=lambda each: (each.raised_at, each.id)))


def _pages(basic: SophosBasic, customer_id: str, api_host: str, found: dict[str, Alert]) -> Iterator[list[Any]]:
    """Page after page by key (section 8.3). A key may lead to an empty page; one that comes again would never end. ``found``
    holds what came so far: in the end not fewer than the last page announces."""
    params = {"pageSize": _A_PAGE, "pageTotal": "true"}
    keys: set[str] = set()
    announced = 0
    for _number in range(_MOST_PAGES):
        body = _page(basic, customer_id, api_host, params)
        page, pages = _list_of(body), pages_of(body)
        yield page
        said = whole(pages.get("items"))
        announced = announced if said is None else said
        key = _key(pages.get("nextKey"))
        if not page or key is None:
            if len(found) < announced:
                raise AlertsIncomplete(SYSTEM, cause=ENDED_EARLY)
            return
        if key in keys:
            raise AlertsIncomplete(SYSTEM, cause=PAGE_TWICE)
        keys.add(key)
        params["pageFromKey"] = key
    raise AlertsIncomplete(SYSTEM, cause=NO_END)


def _page(basic: SophosBasic, customer_id: str, api_host: str, params: dict[str, str]) -> Any:
    """One page. What a size above the maximum brings is unknown (section 11): the first page is asked for again with the
    documented default, and so are the others then."""
    try:
        return _asked(basic, customer_id, api_host, params)
    except BadRequest as error:
        if "pageFromKey" in params:
            raise AlertsIncomplete(SYSTEM, cause=error.params["cause"]) from error
    params["pageSize"] = _A_PAGE_BY_DEFAULT
    try:
        return _asked(basic, customer_id, api_host, params)
    except BadRequest as error:
        raise AlertsIncomplete(SYSTEM, cause=error.params["cause"]) from error


def _asked(basic: SophosBasic, customer_id: str, api_host: str, params: dict[str, str]) -> Any:
    try:
        return _checked(basic.of_customer("GET", api_host, _PATH, customer_id=customer_id, params=params))
    except NotFound as error:
        raise AlertsIncomplete(SYSTEM, cause=f"HTTP {HTTPStatus.NOT_FOUND.value}") from error
    except BadAnswer as error:
        raise AlertsIncomplete(SYSTEM, cause=error.params["cause"]) from error


def _checked(answer: Answer) -> Any:
    """The JSON object of a 200. A 401 that a new token does not heal is about this customer (X-Tenant-ID or region; section 8.2),
    not about the sign-in, which Sophos has just accepted."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise PermissionMissing(SYSTEM, what=WHAT)
    return checked(answer, WHAT)


def _list_of(body: Any) -> list[Any]:
    try:
        return items_of(body)
    except BadAnswer as error:
        raise AlertsIncomplete(SYSTEM, cause=error.params["cause"]) from error


def _key(value: Any) -> str | None:
    """The opaque key of the next page, as a text of digits or a number; None for absent or empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def one(basic: SophosBasic, customer_id: str, api_host: str, alert_id: str, now: Callable[[], datetime]) -> Alert | None:
    """The open alert of that id; None on a 404, and on nothing else."""
    try:
        body = _checked(basic.of_customer("GET", api_host, _path_of(alert_id), customer_id=customer_id))
    except NotFound:
        return None
    found = alert(body, customer_id, now())
    if found.id != alert_id.lower():
        raise BadAnswer(SYSTEM, cause=NOT_WHAT_WAS_ASKED)
    return found


def acknowledge(basic: SophosBasic, customer_id: str, api_host: str, alert_id: str, message: str) -> AckResult:
    """What came of it. ``acknowledge`` ends at once, and an alert that is no longer open answers 404: it may be repeated."""
    body = {"action": "acknowledge", "message": message}
    try:
        answer = basic.of_customer("POST", api_host, f"{_path_of(alert_id)}/actions", customer_id=customer_id, json=body)
    except (CredentialsRefused, HostNotAllowed):
        raise
    except ApiError:
        return AckResult.FAILED
    match answer.status:
        case HTTPStatus.NOT_FOUND:
            return AckResult.GONE
        case HTTPStatus.BAD_REQUEST:
            return AckResult.NOT_OFFERED
        case HTTPStatus.FORBIDDEN:
            return AckResult.DENIED
        case status if status not in _TAKEN:
            return AckResult.FAILED
    done = answer.json()
    result = done.get("result") if isinstance(done, dict) else None
    failed = isinstance(result, str) and result.lower() != "success"
    return AckResult.FAILED if failed else AckResult.DONE


def may_acknowledge(basic: SophosBasic, customer_id: str, api_host: str) -> bool | None:
    """Asks for the acknowledgement of an alert that does not exist: the id is drawn at random, so that nothing can be
    acknowledged. 404 says that the credential may; 403 that it may not, unless it may not read the customer's alerts either: such
    a customer refuses everything (section 8.2) and says nothing about the role. None for any other answer, or none.

    That acknowledging needs a role above ReadOnly is inferred, not documented (sections 1 and 11).
    """
    body = {"action": "acknowledge", "message": "Permission check"}
    path = f"{_path_of(str(uuid.uuid4()))}/actions"
    try:
        status = basic.of_customer("POST", api_host, path, customer_id=customer_id, json=body).status
        if status == HTTPStatus.FORBIDDEN:
            page = basic.of_customer("GET", api_host, _PATH, customer_id=customer_id, params={"pageSize": "1"})
            return False if page.status == HTTPStatus.OK else None
    except HostNotAllowed:
        raise
    except ApiError:
        return None
    return True if status == HTTPStatus.NOT_FOUND else None


def _path_of(alert_id: str) -> str:
    return f"{_PATH}/{quote(alert_id, safe='')}"
