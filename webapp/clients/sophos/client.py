"""The named calls to Sophos. Vendor documentation: https://developer.sophos.com/docs/partner-v1/1/overview"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from webapp.alerts import AckResult, Alert
from webapp.clients.causes import ENDED_EARLY, NO_END, PAGE_TWICE
from webapp.clients.errors import BadAnswer, BadRequest, NotFound
from webapp.clients.http import Counter, Options
from webapp.clients.sophos import alerts, parse, usage
from webapp.clients.sophos.basic import SYSTEM, SophosAddresses, SophosBasic, SophosCredentials
from webapp.clients.values import whole
from webapp.domain import Month, Tenant, UsageReport, Whoami

_TENANTS_A_PAGE = 100  # the largest that was recorded (section 3.1)
_TENANTS_BY_DEFAULT = 50  # the documented default, which a server has to accept
_MOST_PAGES = 10_000


class SophosClient:
    """What Kontor asks Sophos. ``partner_id`` saves the call that would find it."""

    def __init__(
        self,
        credentials: SophosCredentials,
        addresses: SophosAddresses,
        *,
        counter: Counter | None = None,
        options: Options | None = None,
        partner_id: str | None = None,
    ) -> None:
        self._basic = SophosBasic(
            credentials, addresses, counter=counter or Counter(), options=options or Options(), partner_id=partner_id
        )

    def __repr__(self) -> str:
        return "<SophosClient>"

    def whoami(self) -> Whoami:
        """Who the credential belongs to (section 2). Raises ApiError."""
        return self._basic.whoami()

    def tenants(self) -> Iterator[tuple[Tenant, ...]]:
        """All tenants, page by page (section 3.1). Raises BadAnswer at the end if fewer came than were announced."""
        seen: set[str] = set()
        asked = _TENANTS_A_PAGE
        for number in range(1, _MOST_PAGES + 1):
            try:
                body = self._tenants_page(number, asked)
            except BadRequest:
                if number > 1:
                    raise
                asked = _TENANTS_BY_DEFAULT  # what a size above the maximum brings is unknown (section 9.3)
                body = self._tenants_page(number, asked)
            page, pages = tuple(parse.tenant(item) for item in parse.items_of(body)), parse.pages_of(body)
            fresh = tuple(tenant for tenant in page if tenant.id not in seen)
            if page and not fresh:
                raise BadAnswer(SYSTEM, cause=PAGE_TWICE)
            seen.update(tenant.id for tenant in fresh)
            if fresh:
                yield fresh
            total = whole(pages.get("total"))
            at_end = number >= total if total is not None else len(page) < _size(pages)
            if not page or at_end:
                if len(seen) < (whole(pages.get("items")) or 0):
                    raise BadAnswer(SYSTEM, cause=ENDED_EARLY)
                return
        raise BadAnswer(SYSTEM, cause=NO_END)

    def _tenants_page(self, number: int, size: int) -> Any:
        params = {"page": str(number), "pageSize": str(size), "pageTotal": "true"}
        return self._basic.get("/partner/v1/tenants", params, what="tenants")

    def tenant(self, tenant_id: str) -> Tenant | None:
        """One tenant (section 3.2); None where Sophos does not know it (404)."""
        try:
            return parse.tenant(self._basic.get(f"/partner/v1/tenants/{quote(tenant_id, safe='')}", {}, what="tenants"))
        except NotFound:
            return None

    def require_usage_readable(self, month: Month) -> None:
        """Raises PermissionMissing where this credential may not read billing usage; "no data" is fine (section 4.4)."""
        try:
            self._basic.get(usage.path_of(month), {"pageSize": "1"}, what=usage.WHAT)
        except NotFound:
            return

    def usage(self, month: Month, customer_ids: Iterable[str] | None = None) -> UsageReport:
        """The whole usage of a month (section 4); with ``customer_ids`` one report over these customers.

        ``missing`` says that Sophos has none for any of them. Raises UsageIncomplete where not all of it came, and
        CredentialsRefused, PermissionMissing and (nothing answered at all) Unreachable.
        """
        return usage.read(self._basic, month, customer_ids)

    def alerts(
        self, customer_id: str, api_host: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> tuple[Alert, ...]:
        """All open alerts of a customer, oldest first (section 6.1). ``now`` dates an alert that says no usable moment.

        Raises AlertsIncomplete where not all of them came, BadAnswer for one without an id, and PermissionMissing,
        CredentialsRefused, HostNotAllowed; Unreachable and RateLimited where nothing had come yet.
        """
        return alerts.read(self._basic, customer_id, api_host, now)

    def alert(
        self,
        customer_id: str,
        api_host: str,
        alert_id: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Alert | None:
        """One open alert; None only where Sophos answers that there is none (404). Raises ApiError."""
        return alerts.one(self._basic, customer_id, api_host, alert_id, now)

    def acknowledge(self, customer_id: str, api_host: str, alert_id: str, message: str) -> AckResult:
        """Acknowledge one alert (section 6.3). Raises CredentialsRefused and HostNotAllowed; everything else is the result."""
        return alerts.acknowledge(self._basic, customer_id, api_host, alert_id, message)

    def may_acknowledge(self, customer_id: str, api_host: str) -> bool | None:
        """Whether this credential may acknowledge alerts of the customer; None where that cannot be told. Acknowledges nothing.
        Raises nothing but HostNotAllowed."""
        return alerts.may_acknowledge(self._basic, customer_id, api_host)


def _size(pages: Mapping[str, Any]) -> int:
    """How many items a full page has. ``size`` may repeat what was asked although the server cuts to ``maxSize``; where
    neither is said, a page below the default is the last."""
    said = [size for name in ("size", "maxSize") if (size := whole(pages.get(name)))]
    return min(said, default=_TENANTS_BY_DEFAULT)
