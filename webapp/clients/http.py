"""Sends requests to one of the two systems: host check, time-outs, counting, bounded answers and the one retry layer.

Reads (GET, and POST that only asks) are tried again here and nowhere else; what writes goes through webapp/clients/once.py.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from webapp.clients.causes import NO_ANSWER, TOO_LARGE, TOO_SLOW, cause_of
from webapp.clients.errors import HostNotAllowed, RateLimited, Unreachable
from webapp.clients.retrying import is_transient, pause, trouble
from webapp.clients.throttle import NoPace, NoThrottle, Pace, Throttle, nothing
from webapp.domain import Calls
from webapp.hosts import Address, allowed_address, is_loopback, parse_address

CONNECT_TIMEOUT = 3.05
LARGEST_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_SHORTEST = 0.001  # seconds; a time-out of 0 or less is none that could be set


def _user_agent() -> str:
    try:
        return f"Kontor/{version('kontor')}"
    except PackageNotFoundError:  # run from a folder, not installed
        return "Kontor"


USER_AGENT = _user_agent()


NO_CALLS = Calls()


class Counter:
    """How many requests were sent to each system, from ``begin`` on. Threads may share one."""

    def __init__(self, begin: Calls = NO_CALLS) -> None:
        self._lock = threading.Lock()
        self._sent = {"Sophos": begin.sophos, "Autotask": begin.autotask}

    def add(self, system: str) -> None:
        with self._lock:
            self._sent[system] = self._sent.get(system, 0) + 1

    @property
    def calls(self) -> Calls:
        with self._lock:
            return Calls(sophos=self._sent.get("Sophos", 0), autotask=self._sent.get("Autotask", 0))


@dataclass(frozen=True)
class Options:
    """How requests are sent. Seconds throughout; ``deadline`` is a moment of ``monotonic`` after which nothing is sent or
    awaited any more (the connection check). ``before_send`` is called before every request and may raise; so may ``waiting``,
    which is called every few seconds while a request waits for its turn (a run keeps its lease so)."""

    read_timeout: float = 30
    connect_timeout: float = CONNECT_TIMEOUT
    tries: int = 4
    deadline: float | None = None
    before_send: Callable[[], None] = nothing
    waiting: Callable[[], None] = nothing
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    throttle: Throttle = field(default_factory=NoThrottle)
    pace: Pace = field(default_factory=NoPace)

    @property
    def answer_timeout(self) -> float:
        """How long one answer may take in all; ``read_timeout`` only limits each silence in it."""
        return max(60.0, 2 * self.read_timeout)


@dataclass(frozen=True)
class Request:
    """One request. ``endpoint`` names the slot it needs (None: no limit). Its parts hold secrets, so it shows none of them."""

    method: str
    url: str
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    endpoint: str | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method}>"


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body of an answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The decoded body; None where it is no JSON (``null`` counts as none)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Http:
    """Requests to one system, ``base`` being its configured address and ``domain`` its own (``sophos.com``)."""

    def __init__(self, *, system: str, base: str, domain: str, counter: Counter, options: Options) -> None:
        self.system = system
        self.base = base
        self.options = options
        self._domain = domain
        self._counter = counter
        parsed = parse_address(base)
        self.uses_proxy = parsed is not None and not is_loopback(parsed.host)
        self._session = self._new_session()

    def __repr__(self) -> str:
        return f"<Http {self.system}>"

    def allowed(self, url: str) -> Address:
        """The parsed address. Raises HostNotAllowed."""
        address = allowed_address(url, base=self.base, domain=self._domain)
        if address is None:
            parsed = parse_address(url)
            raise HostNotAllowed(self.system, host=parsed.host if parsed else "–")
        return address

    def before_send(self, url: str) -> None:
        """What must hold before a request goes out; waits for its turn and counts it. Raises HostNotAllowed, RateLimited and what
        ``before_send`` raises."""
        self.allowed(url)
        self.options.before_send()  # first: nobody may wait for a turn inside a transaction
        self.options.pace.take(None if self.options.deadline is None else self.remaining(), self.options.waiting)
        self._counter.add(self.system)

    def read(self, request: Request, *, busy: Callable[[Answer], bool] = lambda _answer: False) -> Answer:
        """The answer to a request that changes nothing. ``busy`` says whether an answer means "not now".

        Raises Unreachable, RateLimited and Trouble after the repeats, and HostNotAllowed.
        """
        failed: Unreachable | None = None
        for attempt in range(1, self.options.tries + 1):
            last = attempt == self.options.tries
            try:
                answer = self._try(request)
            except RateLimited as error:  # no slot: perhaps because our own tries timed out and still hold them
                raise failed or error from None
            except Unreachable as error:
                failed = error
                if last or not self._rest(attempt, None):
                    raise
                continue
            if not (busy(answer) or is_transient(answer)):
                return answer
            if last or not self._rest(attempt, answer):
                raise trouble(self.system, answer, busy(answer))
        raise AssertionError("the last try returns or raises")

    def _rest(self, attempt: int, answer: Answer | None) -> bool:
        """Wait before the next try; says whether there will be one."""
        seconds = pause(attempt, answer, self.options.chance)
        if seconds is None or seconds >= self.remaining():
            return False
        self.options.sleep(seconds)
        return True

    def remaining(self) -> float:
        """Seconds until the deadline; endless where there is none."""
        return float("inf") if self.options.deadline is None else self.options.deadline - self.options.monotonic()

    def _try(self, request: Request) -> Answer:
        if request.endpoint is None:
            return self._send(request)
        wait = None if self.options.deadline is None else self.remaining()
        with self.options.throttle.slot(request.endpoint, wait=wait) as slot:
            try:
                return self._send(request)
            except Unreachable as error:
                if error.params["cause"] in (NO_ANSWER, TOO_SLOW):
                    slot.keep()  # Autotask may work on it for minutes
                raise

    def _send(self, request: Request) -> Answer:
        if self.remaining() <= 0:
            raise Unreachable(self.system, cause=TOO_SLOW)
        self.before_send(request.url)
        left = max(self.remaining(), _SHORTEST)  # waiting for the turn may have used up the rest
        begun, response = self.options.monotonic(), None
        try:
            response = self._session.request(
                request.method,
                request.url,
                params=dict(request.params),
                json=request.json,
                data=request.form,
                headers=dict(request.headers),
                timeout=(min(self.options.connect_timeout, left), min(self.options.read_timeout, left)),
                allow_redirects=False,
                stream=True,
            )
            with closing(response):
                limit = min(self.options.answer_timeout, self.remaining())
                return self._answer(response, begun + limit)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise Unreachable(self.system, cause=cause_of(error), answered=response is not None) from None

    def _answer(self, response: requests.Response, until: float) -> Answer:
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise Unreachable(self.system, cause=TOO_LARGE, answered=True)
            if self.options.monotonic() > until:
                raise Unreachable(self.system, cause=TOO_SLOW, answered=True)
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", HTTPAdapter(pool_maxsize=8, pool_block=True, max_retries=0))
        session.mount("http://", HTTPAdapter(pool_maxsize=8, pool_block=True, max_retries=0))
        return prepared(session, uses_proxy=self.uses_proxy)


def prepared(session: requests.Session, *, uses_proxy: bool) -> requests.Session:
    """The session with Kontor's rules: the machine's proxy and certificates unless it talks to loopback, no passwords from
    .netrc, no cookies."""
    session.trust_env = uses_proxy
    session.auth = _no_netrc
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    return session


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An "authentication" that adds nothing: where a session has one, requests does not look into .netrc."""
    return request
