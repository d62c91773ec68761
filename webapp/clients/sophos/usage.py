"""Reads a month's usage to its end, or says that it could not (design, section 7.2 "Incomplete reading is a failure")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from webapp.clients.causes import ENDED_EARLY, FEWER_CALLS, NO_END, PAGE_MISSING, PAGE_TWICE
from webapp.clients.errors import (
    ApiError,
    BadRequest,
    CredentialsRefused,
    HostNotAllowed,
    NotAPartner,
    NotFound,
    PermissionMissing,
    Unreachable,
    UsageIncomplete,
)
from webapp.clients.sophos.basic import SYSTEM, SophosBasic
from webapp.clients.sophos.parse import items_of, pages_of, usage_item
from webapp.clients.values import whole
from webapp.domain import Month, UsageItem, UsageReport

_ITEMS_A_PAGE = "1000"  # a client gets away with it; the real maximum is unknown (section 4.1)
_MOST_PAGES = 10_000
WHAT = "billing usage"
_SAID_CLEARLY = (CredentialsRefused, PermissionMissing, NotAPartner, HostNotAllowed)


def path_of(month: Month) -> str:
    """Section 4. The month with two digits, as in Sophos' own script."""
    return f"/partner/v1/billing/usage/{month.year:04d}/{month.month:02d}"


def read(basic: SophosBasic, month: Month, customer_ids: Iterable[str] | None) -> UsageReport:
    """The report of ``month``; ``accountId`` is documented as one tenant id, so chosen customers are one list each."""
    if customer_ids is None:
        items = _complete(basic, month, None)
        return UsageReport(month, tuple(items or ()), missing=not items)
    wanted = dict.fromkeys(customer_id.lower() for customer_id in customer_ids)
    found: list[UsageItem] = []
    for customer_id in wanted:
        # a filter that is not honoured must not count the others' lines once for each customer
        found += [item for item in _complete(basic, month, customer_id) or () if item.customer_id == customer_id]
    return UsageReport(month, tuple(found), missing=not found)


def _complete(basic: SophosBasic, month: Month, customer_id: str | None) -> list[UsageItem] | None:
    """All lines of one list; None for "no data". Raises UsageIncomplete for anything less."""
    items: list[UsageItem] = []
    pages_read = 0
    try:
        for page in _pages(basic, month, customer_id):
            items += [usage_item(item) for item in page]
            pages_read += 1
    except _SAID_CLEARLY:
        raise
    except NotFound as error:
        if pages_read == 0:
            return None
        raise UsageIncomplete(SYSTEM, month=str(month), cause=PAGE_MISSING) from error
    except Unreachable as error:
        if pages_read == 0 and not error.answered:
            raise
        raise UsageIncomplete(SYSTEM, month=str(month), cause=error.params["cause"]) from error
    except UsageIncomplete:
        raise
    except ApiError as error:
        cause = error.params.get("cause") or FEWER_CALLS
        raise UsageIncomplete(SYSTEM, month=str(month), cause=cause) from error
    return items


def _pages(basic: SophosBasic, month: Month, customer_id: str | None) -> Iterator[list[Any]]:
    """Page after page by key (section 8.3). A key may lead to an empty page; one that comes again would never end."""
    params = {"pageSize": _ITEMS_A_PAGE, "pageTotal": "true"} | ({"accountId": customer_id} if customer_id else {})
    keys: set[str] = set()
    received = 0
    announced = 0
    for _number in range(_MOST_PAGES):
        try:
            body = basic.get(path_of(month), params, what=WHAT)
        except BadRequest:
            if "pageSize" not in params or keys:
                raise
            del params["pageSize"]
            continue
        page, pages = items_of(body), pages_of(body)
        received += len(page)
        announced = max(announced, whole(pages.get("items")) or 0)
        key = _key(pages.get("nextKey"))
        if page:
            yield page
        if not page or key is None:
            if received < announced:
                raise UsageIncomplete(SYSTEM, month=str(month), cause=ENDED_EARLY)
            return
        if key in keys:
            raise UsageIncomplete(SYSTEM, month=str(month), cause=PAGE_TWICE)
        keys.add(key)
        params["pageFromKey"] = key
    raise UsageIncomplete(SYSTEM, month=str(month), cause=NO_END)


def _key(value: Any) -> str | None:
    """The opaque key of the next page; None for absent or empty. It was recorded as a text, also of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
