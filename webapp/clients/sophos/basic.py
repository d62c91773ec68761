"""Token, headers and errors of the Sophos APIs (sophos-api.md, sections 1, 2 and 8)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.clients.causes import NO_JSON, NO_TOKEN
from webapp.clients.errors import BadAnswer, BadRequest, CredentialsRefused, NotAPartner, NotFound, PermissionMissing
from webapp.clients.http import Answer, Counter, Http, Options, Request
from webapp.clients.sophos.parse import whoami
from webapp.clients.values import whole
from webapp.domain import Whoami

SYSTEM = "Sophos"
DOMAIN = "sophos.com"
_EARLY = 60  # seconds before its end at which a token is no longer used


@dataclass(frozen=True)
class SophosCredentials:
    """An API credential of Sophos Central Partner."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class SophosAddresses:
    """The two configured hosts: tokens come from ``id_url``, everything else from ``api_url``."""

    id_url: str
    api_url: str


class SophosBasic:
    """Authenticated requests: GET on the global host, and a customer's regional host. Threads may share one."""

    def __init__(
        self,
        credentials: SophosCredentials,
        addresses: SophosAddresses,
        *,
        counter: Counter,
        options: Options,
        partner_id: str | None = None,
    ) -> None:
        self._credentials = credentials
        self._addresses = addresses
        self._options = options
        self._id_http = Http(system=SYSTEM, base=addresses.id_url, domain=DOMAIN, counter=counter, options=options)
        self._api_http = Http(system=SYSTEM, base=addresses.api_url, domain=DOMAIN, counter=counter, options=options)
        self._partner_id = partner_id
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = 0.0

    def __repr__(self) -> str:
        return "<SophosBasic>"

    def whoami(self) -> Whoami:
        """Who the credential belongs to. ``apiHosts`` is not used: the address is configured (design, section 13, 32)."""
        found = whoami(self.get("/whoami/v1", {}, what="whoami", as_partner=False))
        if found.id_type == "partner":
            self._partner_id = found.id
        return found

    def partner_id(self) -> str:
        """The id for X-Partner-ID, asked for once. Raises NotAPartner."""
        if self._partner_id is None:
            found = self.whoami()
            if found.id_type != "partner":
                raise NotAPartner(SYSTEM, kind=found.id_type)
            return found.id
        return self._partner_id

    def get(self, path: str, params: Mapping[str, str], *, what: str, as_partner: bool = True) -> Any:
        """The JSON object of a GET on the global host. ``what`` names the thing for errors.

        Raises CredentialsRefused, PermissionMissing (403), NotFound (404), BadRequest (400), BadAnswer and what Http.read
        raises. A 401 gets a new token once.
        """
        answer = self._get(path, params, as_partner, self._current_token())
        if answer.status == 401:
            answer = self._get(path, params, as_partner, self._new_token())
        return checked(answer, what)

    def of_customer(
        self,
        method: str,
        api_host: str,
        path: str,
        *,
        customer_id: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """The answer of a customer's regional host (``Tenant.api_host``), whatever its status: with X-Tenant-ID and without
        X-Partner-ID. Only for what may be sent twice. A 401 gets a new token once.

        Raises HostNotAllowed, CredentialsRefused (no token) and what Http.read raises.
        """
        url = api_host.rstrip("/") + path
        self._api_http.allowed(url)  # no token is asked for on behalf of a foreign host

        def send(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}", "X-Tenant-ID": customer_id}
            return self._api_http.read(Request(method, url, headers=headers, params=params or {}, json=json))

        answer = send(self._current_token())
        return send(self._new_token()) if answer.status == 401 else answer

    def _get(self, path: str, params: Mapping[str, str], as_partner: bool, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        if as_partner:
            headers["X-Partner-ID"] = self.partner_id()
        return self._api_http.read(Request("GET", self._addresses.api_url + path, headers=headers, params=params))

    def _current_token(self) -> str:
        with self._lock:
            if self._token and self._options.monotonic() < self._token_until:
                return self._token
        return self._new_token()

    def _new_token(self) -> str:
        """A fresh token (form body only, section 1). Raises CredentialsRefused and what Http.read raises."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "scope": "token",
        }
        begun = self._options.monotonic()
        answer = self._id_http.read(Request("POST", f"{self._addresses.id_url}/api/v2/oauth2/token", form=form))
        if answer.status in (400, 401, 403):
            raise CredentialsRefused(SYSTEM)
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise BadAnswer(SYSTEM, cause=NO_TOKEN if answer.status == 200 else f"HTTP {answer.status}")
        seconds = whole(body.get("expires_in")) or 3600
        with self._lock:
            self._token, self._token_until = token, begun + seconds - _EARLY
        return token


def checked(answer: Answer, what: str) -> Any:
    """The JSON object of a 200. ``what`` names the thing for errors; raises the ApiError that any other answer means."""
    match answer.status:
        case 200:
            body = answer.json()
            if not isinstance(body, dict):
                raise BadAnswer(SYSTEM, cause=NO_JSON)
            return body
        case 400:
            raise BadRequest(SYSTEM, cause="HTTP 400")
        case 401:
            raise CredentialsRefused(SYSTEM)
        case 403:
            raise PermissionMissing(SYSTEM, what=what)
        case 404:
            raise NotFound(SYSTEM, what=what)
        case status:
            raise BadAnswer(SYSTEM, cause=f"HTTP {status}")
