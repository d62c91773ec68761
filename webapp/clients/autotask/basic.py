"""Zone, headers and errors of the Autotask API (autotask-api.md, sections 1, 2, 4 and 5)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from webapp.clients.autotask.texts import Said, classify, errors_text
from webapp.clients.causes import NO_JSON
from webapp.clients.errors import (
    ApiError,
    AutotaskRefusal,
    BadAnswer,
    CredentialsRefused,
    HostNotAllowed,
    IntegrationCodeInvalid,
    NotFound,
    PermissionMissing,
    ZoneUnknown,
)
from webapp.clients.http import Answer, Http, Request
from webapp.clients.values import text, whole
from webapp.domain import Zone
from webapp.hosts import parse_address

SYSTEM = "Autotask"
DOMAIN = "autotask.net"
WRONG_ZONE = frozenset({301, 302, 307, 308, 401, 404})  # what the wrong zone was seen to answer (section 1)


@dataclass(frozen=True)
class AutotaskCredentials:
    """The API user with its secret and the tracking identifier (integration code)."""

    username: str = field(repr=False)
    secret: str = field(repr=False)
    integration_code: str = field(repr=False)

    def headers(self) -> dict[str, bytes]:
        """The headers of every call (section 2), as UTF-8, because a password may hold any letter."""
        named = {"UserName": self.username, "Secret": self.secret, "ApiIntegrationCode": self.integration_code}
        return {name: value.encode() for name, value in named.items()}


def shortened(username: str) -> str:
    """A user name as pages and logs may show it: ``ab…@example.com`` (design, section 13, 33)."""
    name, at, domain = username.partition("@")
    return f"{name[:2]}…{at}{domain}"[:80]


def find_zone(http: Http, username: str) -> Zone:
    """The zone of the user, from the zone finder (section 1; not authenticated).

    Raises ZoneUnknown, HostNotAllowed where it names a foreign host, BadAnswer, and what Http.read raises.
    """
    answer = http.read(Request("GET", f"{http.base}/atservicesrest/v1.0/zoneInformation", params={"user": username}))
    body = answer.json()
    if classify(errors_text(body)) is Said.ZONE or answer.status == 404:
        raise ZoneUnknown(SYSTEM, user=shortened(username))
    if answer.status != 200 or not isinstance(body, dict):
        raise error_of(answer, "zoneInformation")
    url = body.get("url")
    if not isinstance(url, str) or not url:
        raise ZoneUnknown(SYSTEM, user=shortened(username))
    http.allowed(url)
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise HostNotAllowed(SYSTEM, host=parts.hostname or "–")
    return Zone(
        url=url.rstrip("/"),
        name=text(body.get("zoneName"), 100) or "",
        web_url=text(body.get("webUrl"), 255) or "",
        database=whole(body.get("ci")),
    )


class AutotaskBasic:
    """Authenticated requests to the user's zone. Threads may share one.

    ``zone`` is what is known from before (None: it is asked for); ``zone_moved`` hears of a new one.
    """

    def __init__(
        self,
        credentials: AutotaskCredentials,
        http: Http,
        *,
        zone: Zone | None = None,
        zone_moved: Callable[[Zone], None] | None = None,
    ) -> None:
        self.http = http
        self._credentials = credentials
        self._zone = zone
        self._zone_moved = zone_moved
        self._zone_checked = False
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "<AutotaskBasic>"

    @property
    def zone(self) -> Zone:
        """The zone, asked for once. Raises what find_zone raises."""
        with self._lock:
            if self._zone is None:
                self._zone = find_zone(self.http, self._credentials.username)
                self._zone_checked = True
            return self._zone

    def headers(self) -> Mapping[str, bytes]:
        return self._credentials.headers()

    def get(self, path: str, *, entity: str) -> Any:
        """The JSON object of a GET below ``/V1.0/``. ``entity`` names the slot and the thing for errors."""
        return self._read("GET", path, None, entity)

    def ask(self, path: str, body: Mapping[str, Any], *, entity: str) -> Any:
        """The JSON object of a POST that only asks (a query)."""
        return self._read("POST", path, dict(body), entity)

    def ask_at(self, url: str, body: Mapping[str, Any], *, entity: str) -> Any:
        """The same at an address that an answer named. It must be on the zone's host; else HostNotAllowed, nothing sent."""
        here, there = parse_address(self.zone.url), self.http.allowed(url)
        if here is None or (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise HostNotAllowed(SYSTEM, host=there.host)
        answer = self._send("POST", url, dict(body), entity)
        if answer.status == 405:  # the address holds the whole query: some were followed by GET (section 3)
            answer = self._send("GET", url, None, entity)
        return self._checked(answer, entity)

    def url(self, path: str) -> str:
        return f"{self.zone.url}/V1.0/{path}"

    def _read(self, method: str, path: str, body: Any, entity: str) -> Any:
        answer = self._send(method, self.url(path), body, entity)
        # a 404 to a GET is no sign of a wrong zone: not every database has the addresses that are only read
        suspicious = answer.status in WRONG_ZONE and (method, answer.status) != ("GET", 404)
        if suspicious and self.zone_has_moved():
            answer = self._send(method, self.url(path), body, entity)
        return self._checked(answer, entity)

    def _send(self, method: str, url: str, body: Any, entity: str) -> Answer:
        request = Request(method, url, headers=self.headers(), json=body, endpoint=entity)
        return self.http.read(request, busy=is_busy)

    def zone_has_moved(self) -> bool:
        """Ask for the zone again, once in this object's life, and say whether it is another one.

        A 401 is otherwise never repeated: a few of them lock the API user (section 2). Raises what find_zone raises.
        """
        with self._lock:
            if self._zone_checked:
                return False
            self._zone_checked = True
            before, self._zone = self._zone, find_zone(self.http, self._credentials.username)
            moved = before is not None and before.url != self._zone.url
            zone = self._zone
        if moved and self._zone_moved:
            self._zone_moved(zone)
        return moved

    @staticmethod
    def _checked(answer: Answer, entity: str) -> Any:
        body = answer.json()
        if answer.status != 200 or not isinstance(body, dict) or errors_text(body):
            raise error_of(answer, entity)
        return body


def is_busy(answer: Answer) -> bool:
    """A thread or threshold text, whatever the status (section 4)."""
    return answer.status != 200 and classify(errors_text(answer.json())) is Said.BUSY


def error_of(answer: Answer, entity: str) -> ApiError:
    """The error that an answer means (section 5)."""
    said = errors_text(answer.json())
    match classify(said):
        case Said.PERMISSION:
            return PermissionMissing(SYSTEM, what=entity)
        case Said.INTEGRATION_CODE:
            return IntegrationCodeInvalid(SYSTEM)
    match answer.status:
        case 401:
            return CredentialsRefused(SYSTEM)
        case 403:
            return PermissionMissing(SYSTEM, what=entity)
        case 404:
            return NotFound(SYSTEM, what=entity)
        case 200 if not said:
            return BadAnswer(SYSTEM, cause=NO_JSON)
    return AutotaskRefusal(SYSTEM, text=said) if said else BadAnswer(SYSTEM, cause=f"HTTP {answer.status}")
