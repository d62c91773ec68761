"""A Sophos regional host: open alerts of its region's customers, and actions on them (sophos-api.md, section 6)."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from . import alerts
from .books import Acknowledged
from .sophos import Route, serve
from .sophos_wire import DEFAULT_PAGE, Problem, check_customer, key_page, public
from .wire import answer

if TYPE_CHECKING:
    from .state import State

Item = dict[str, Any]
LISTS = ("product", "category", "severity", "ids", "fields", "sort")


class RegionHost:
    """Serves one data region; customers of other regions are turned away."""

    def __init__(self, state: State, region: str) -> None:
        self.state = state
        self.region = region
        self._routes: list[Route] = [
            ("GET", re.compile(r"/common/v1/alerts"), self._list),
            ("POST", re.compile(r"/common/v1/alerts/search"), self._search),
            ("GET", re.compile(r"/common/v1/alerts/(?P<id>[^/]+)"), self._get),
            ("POST", re.compile(r"/common/v1/alerts/(?P<id>[^/]+)/actions"), self._act),
        ]

    def serve(self, request: Request) -> Response:
        """One call to this region."""
        return serve(self.state, request, self._routes)

    def _customer(self, request: Request) -> Item:
        customer = check_customer(self.state, request)
        if customer["dataRegion"] != self.region or not customer["_api_host"]:
            status = self.state.switches.wrong_region_status
            raise Problem(status, "Forbidden" if status == 403 else "Unauthorized")
        if customer["id"] in self.state.switches.alerts_forbidden:
            raise Problem(403, "Forbidden")
        return customer

    def _list(self, state: State, request: Request, match: re.Match[str]) -> Response:
        customer = self._customer(request)
        if state.switches.alert_sort_refused and "raisedAt:desc" in request.args.get("sort", ""):
            raise Problem(400, "badRequest")
        return self._page(customer, request.args)

    def _search(self, state: State, request: Request, match: re.Match[str]) -> Response:
        customer = self._customer(request)
        args: MultiDict[str, str] = MultiDict()
        for name, value in _json(request).items():
            if name in LISTS and isinstance(value, list):
                args[name] = ",".join(str(item) for item in value)
            else:
                args[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return self._page(customer, args)

    def _page(self, customer: Item, args: MultiDict[str, str]) -> Response:
        """Open alerts only, oldest first unless asked otherwise."""
        found = [alert for alert in self.state.sophos.open_alerts() if alert["tenant"]["id"] == customer["id"]]
        found = [self._shown(alert) for alert in found if _fits(alert, args)]
        if "desc" in args.get("sort", ""):
            found.reverse()
        return answer(key_page(self.state, args, found, DEFAULT_PAGE, self.state.switches.alerts_page_max))

    def _shown(self, alert: Item) -> Item:
        switches = self.state.switches
        return alerts.shown(alert, switches.upper_case_alert_ids, switches.raised_at_without_zone)

    def _alert(self, request: Request, match: re.Match[str]) -> Item:
        customer = self._customer(request)
        alert = self.state.sophos.alert(match["id"])
        if alert is None or alert["tenant"]["id"] != customer["id"]:
            raise Problem(404, "resourceNotFound")
        return alert

    def _get(self, state: State, request: Request, match: re.Match[str]) -> Response:
        return answer(public(self._shown(self._alert(request, match))))

    def _act(self, state: State, request: Request, match: re.Match[str]) -> Response:
        """acknowledge ends at once and closes the alert; the others stay requested and leave it open (section 6.3).

        By switch the credential's role is too low, whatever the alert: 403.
        """
        if state.switches.acknowledge_forbidden:
            self._customer(request)
            raise Problem(403, "Forbidden")
        alert = self._alert(request, match)
        action = _json(request).get("action")
        if action not in alert["allowedActions"]:
            raise Problem(400, "badRequest")
        now = state.sophos.moment()
        done: Item = {
            "id": str(uuid.uuid4()),
            "alertId": self._shown(alert)["id"],
            "action": action,
            "status": "requested",
            "requestedAt": now,
            "result": "success",
        }
        if action == "acknowledge":
            done |= {"status": "completed", "startedAt": now, "completedAt": now}
            state.sophos.close(alert)
            state.books.acknowledged.append(
                Acknowledged(request.environ["sandbox.request"], alert["id"], alert["tenant"]["id"], now)
            )
            state.changed()
        return answer(done, 201)


def _fits(alert: Item, args: MultiDict[str, str]) -> bool:
    for name in ("product", "category", "severity"):
        wanted = _listed(args, name)
        if wanted and alert.get(name) not in wanted:
            return False
    ids = {item.lower() for item in _listed(args, "ids")}
    if ids and alert["id"].lower() not in ids:
        return False
    if args.get("groupKey") and alert.get("groupKey") != args["groupKey"]:
        return False
    raised = alerts.raised(alert)
    if args.get("from") and (raised is None or raised < _moment(args["from"])):
        return False
    return not (args.get("to") and (raised is None or raised >= _moment(args["to"])))


def _listed(args: MultiDict[str, str], name: str) -> set[str]:
    return {item.strip() for text in args.getlist(name) for item in text.split(",") if item.strip()}


def _moment(text: str) -> datetime:
    """ISO 8601; without a zone it is UTC. Raises Problem 400."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(400, "badRequest") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(request: Request) -> Item:
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise Problem(400, "badRequest") from None
    if not isinstance(body, dict) or "json" not in request.headers.get("Content-Type", ""):
        raise Problem(400, "badRequest")
    return body
