"""The Autotask hosts: zone finder and zone host (autotask-api.md, sections 1 to 6 and 9)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from . import autotask_info, autotask_pages, autotask_query, autotask_write
from .autotask_errors import NO_PERMISSION, NO_ZONE, THREADS, WRONG_CODE, Rule
from .autotask_fields import CHILDREN, ENTITIES, Entity
from .autotask_rows import rows, shown
from .wire import Refused, answer

if TYPE_CHECKING:
    from .state import State

HOUR = 3600.0


def errors(text: str | None, status: int = 500) -> Response:
    """Autotask's error body: a list of texts; without a text an empty body."""
    return answer(None if text is None else {"errors": [text]}, status)


class AutotaskHost:
    """Serves the zone finder (`zone`) and everything else (`serve`)."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._at_once: Counter[tuple[str, str]] = Counter()
        self._calls: deque[float] = deque()
        self._wrong_secrets = 0
        self._lock = threading.Lock()

    def refusal(self, kind: str) -> Response:
        """Answers for faults: `unauthorized`, `thread_error`, `threshold`, `too_many`.

        Neither status nor body of the hourly limit was ever recorded (section 10): 429 without a body.
        """
        if kind == "unauthorized":
            return answer(None, 401)
        if kind == "thread_error":
            return errors(THREADS, self.state.switches.thread_status)
        return answer(None, self.state.switches.threshold_status)

    def zone(self, request: Request) -> Response:
        """The zone finder: no authentication, and 500 for an unknown user (section 1)."""
        parts = _parts(request.path)
        if request.method != "GET" or parts[-1:] not in (["zoneinformation"], ["versioninformation"]):
            return answer(None, 404)
        if parts[-1] == "versioninformation":
            return answer({"apiVersions": ["1.0"]})
        if request.args.get("user", "").lower() != self.state.autotask_user.lower():
            return errors(NO_ZONE)
        url = self.state.urls["autotask"]
        return answer({"zoneName": "Sandbox", "url": f"{url}/ATServicesRest/", "webUrl": f"{url}/", "ci": 1})

    @contextmanager
    def thread(self, request: Request) -> Iterator[None]:
        """Hold one of the threads per tracking identifier and entity; Refused when there are too many (section 4)."""
        entity = _entity_of(_parts(request.path))
        key = (request.headers.get("ApiIntegrationCode", ""), entity)
        with self._lock:
            self._calls.append(time.monotonic())
            self._at_once[key] += 1
            at_once = self._at_once[key]
        self.state.books.reach(entity, at_once)
        try:
            if at_once > self.state.switches.threads:
                raise Refused(self.refusal("thread_error"))
            yield
        finally:
            with self._lock:
                self._at_once[key] -= 1

    def serve(self, request: Request) -> Response:
        """One call to the zone host."""
        refused = self._check_credentials(request)
        if refused is not None:
            return refused
        used = self._used()
        if used > self.state.switches.request_threshold:
            return self.refusal("threshold")
        self._be_slow(used)
        try:
            with self.state.lock:
                return answer(self._route(request, _parts(request.path), used))
        except Rule as rule:
            return errors(rule.text, rule.status)

    def _used(self) -> int:
        since = time.monotonic() - HOUR
        with self._lock:
            while self._calls and self._calls[0] < since:
                self._calls.popleft()
            return len(self._calls) + self.state.switches.other_calls

    def _be_slow(self, used: int) -> None:
        switches = self.state.switches
        seconds = switches.latency_seconds
        if switches.latency_when_busy:
            share = used / switches.request_threshold
            seconds += 1.0 if share >= 0.75 else 0.5 if share >= 0.5 else 0.0
        if seconds:
            time.sleep(seconds)

    def _check_credentials(self, request: Request) -> Response | None:
        """401 without a body for user or secret, 500 for the tracking identifier (section 2)."""
        state, given = self.state, request.headers
        known = given.get("UserName", "").lower() == state.autotask_user.lower()
        if not known or given.get("Secret") != state.autotask_secret or state.switches.account_locked:
            self._wrong_secrets += 1
            limit = state.switches.lockout_after
            if limit and known and self._wrong_secrets >= limit:
                state.switches.account_locked = True
            return answer(None, 401)
        self._wrong_secrets = 0
        if given.get("ApiIntegrationCode") != state.integration_code:
            return errors(WRONG_CODE)
        return None

    def _route(self, request: Request, parts: list[str], used: int) -> Any:
        if parts[:2] != ["atservicesrest", "v1.0"] or len(parts) < 3:
            raise Rule(None, 404)
        first, rest = parts[2], parts[3:]
        if first == "thresholdinformation" and not rest and request.method == "GET":
            return {
                "externalRequestThreshold": self.state.switches.request_threshold,
                "requestThresholdTimeframe": 60,
                "currentTimeframeRequestCount": used,
            }
        if len(rest) >= 2 and (first, rest[1]) in CHILDREN and rest[0].isdigit():
            return self._child(request, CHILDREN[(first, rest[1])], int(rest[0]), rest[2:])
        if first not in ENTITIES:
            raise Rule(None, 404)
        entity = ENTITIES[first]
        if not rest:
            return self._write(request, entity, entity.root, None)
        return self._read(request, entity, rest)

    def _read(self, request: Request, entity: Entity, rest: list[str]) -> Any:
        if rest[0] == "entityinformation":
            return self._information(request, entity, rest[1:])
        if not entity.query:
            raise Rule(None, 404)
        self._allow(entity)
        if rest[0] == "query" and rest[1:] in ([], ["count"]):
            return self._query(request, entity, counting=bool(rest[1:]))
        if len(rest) == 1 and rest[0].isdigit():
            _only(request, "GET")
            return self._item(entity, int(rest[0]), None)
        raise Rule(None, 404)

    def _information(self, request: Request, entity: Entity, rest: list[str]) -> Any:
        _only(request, "GET")
        if not rest:
            return autotask_info.entity_information(entity, entity.plural in self.state.hidden_entities)
        if rest == ["fields"]:
            return autotask_info.field_information(entity, self.state.switches)
        if rest == ["userdefinedfields"]:
            return {"fields": []}
        raise Rule(None, 404)

    def _query(self, request: Request, entity: Entity, counting: bool) -> Any:
        _only(request, "GET", "POST")
        search, paging = request.args.get("search"), request.args.get("paging")
        limit = self.state.switches.get_url_limit
        if request.method == "GET" and not paging and limit and len(request.url) > limit:
            raise Rule(None, 404)  # the web server in front answers, not Autotask (section 4)
        body = _json(request) if request.method == "POST" else None
        if body is None:
            body = _parsed(search or "")
        query = autotask_query.parse(entity, body)
        source = self._source(entity, query)
        if counting:
            return autotask_pages.count(query, source(None))
        url = f"{self.state.urls['autotask']}/ATServicesRest/V1.0/{entity.plural}/query"
        return autotask_pages.page(query, entity, source, paging, url)

    def _source(self, entity: Entity, query: autotask_query.Query) -> autotask_pages.Source:
        """Where the rows come from; a restricted API user gets empty lists, not an error (section 2)."""
        if entity.plural in self.state.hidden_entities:
            return lambda after: []
        return lambda after: rows(self.state.autotask, entity, query.narrow, after)

    def _item(self, entity: Entity, row_id: int, parent: int | None) -> Any:
        query = autotask_query.parse(entity, {"filter": [{"op": "eq", "field": "id", "value": row_id}]})
        found = [row for row in self._source(entity, query)(None) if query.test(row)]
        found = [row for row in found if parent in (None, row.get(entity.parent_field))]
        if not found and self.state.switches.missing_item_status != 200:
            raise Rule(None, self.state.switches.missing_item_status)
        return {"item": shown(entity, found[0]) if found else None}

    def _child(self, request: Request, entity: Entity, parent: int, rest: list[str]) -> Any:
        if rest[:1] == ["entityinformation"]:
            return self._information(request, entity, rest[1:])
        if not rest and request.method != "GET":
            return self._write(request, entity, entity.child, parent)
        if "GET" not in entity.child:
            raise Rule(None, 404 if rest else 405)
        _only(request, "GET")
        self._allow(entity)
        if rest:
            if len(rest) != 1 or not rest[0].isdigit():
                raise Rule(None, 404)
            return self._item(entity, int(rest[0]), parent)
        body = {"filter": [{"op": "eq", "field": entity.parent_field, "value": parent}]}
        query = autotask_query.parse(entity, body)
        url = f"{self.state.urls['autotask']}/ATServicesRest/V1.0/{entity.parent}/{parent}/{entity.route}"
        return autotask_pages.page(query, entity, self._source(entity, query), request.args.get("paging"), url)

    def _write(self, request: Request, entity: Entity, verbs: frozenset[str], parent: int | None) -> Any:
        if not verbs:
            raise Rule(None, 404)  # creating a child on the root path: there is no such route (section 5)
        if request.method not in verbs:
            raise Rule(None, 405)
        self._allow(entity)
        store, creating = self.state.autotask, request.method == "POST"
        values = autotask_write.read_body(entity, _json(request), creating)
        if parent is not None:
            values[entity.parent_field] = parent
            table = store.tables[entity.parent]
            if parent not in table:
                raise Rule(None, 404)
        self.state.changed()
        number = request.environ["sandbox.request"]
        if creating:
            return {"itemId": autotask_write.create(store, entity, values, number)}
        return {"itemId": autotask_write.update(store, entity, values, number, replace=request.method == "PUT")}

    def _allow(self, entity: Entity) -> None:
        if entity.plural in self.state.switches.denied_entities:
            raise Rule(NO_PERMISSION)


def _parts(path: str) -> list[str]:
    return [part for part in path.lower().split("/") if part]


def _entity_of(parts: list[str]) -> str:
    """The entity whose threads the call takes; a child route counts for the child."""
    after = parts[2:]
    if len(after) >= 3 and (after[0], after[2]) in CHILDREN:
        return CHILDREN[(after[0], after[2])].plural
    if after and after[0] in ENTITIES:
        return ENTITIES[after[0]].plural
    return after[0] if after else ""


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise Rule(None, 405)


def _json(request: Request) -> Any:
    text = request.get_data().decode("utf-8", "replace")
    if not text.strip():
        return None
    if "json" not in request.headers.get("Content-Type", "").lower():
        raise Rule(None, 415)  # bodies need Content-Type: application/json (section 2); the status is ours
    return _parsed(text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Rule(f"Unexpected character encountered while parsing value: {text[:1]}") from None
