"""The Sophos id host (token) and global host (whoami, partner, billing, licences): sophos-api.md, sections 1 to 5."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .sophos_wire import (
    Problem,
    check_call,
    check_customer,
    check_partner,
    key_page,
    offset_page,
    problem,
    public,
    some_fields,
)
from .wire import answer

if TYPE_CHECKING:
    from .state import State

Item = dict[str, Any]


def id_refusal(kind: str) -> Response:
    """Answers of the id host for faults; its errors carry `errorCode`, not `error`."""
    if kind == "unauthorized":
        return _token_error(401, "oauth.invalid_client_secret", "Unauthorized")
    return _token_error(429, "TooManyRequests", "Too many requests.")


def _token_error(status: int, code: str, message: str) -> Response:
    return answer({"errorCode": code, "message": message, "trackingId": str(uuid.uuid4())}, status)


def serve_id(state: State, request: Request) -> Response:
    """POST /api/v2/oauth2/token: form body only; the refresh of a token takes JSON (section 1)."""
    if request.path.rstrip("/") != "/api/v2/oauth2/token":
        return answer(None, 404)
    if request.method != "POST":
        return answer(None, 405)
    kind = request.mimetype
    if kind == "application/x-www-form-urlencoded":
        given = {name: str(value) for name, value in request.form.items()}
    elif kind == "application/json" and _is_refresh(request):
        given = json.loads(request.get_data())
    else:
        # Which answer a wrong content type gets was not recorded; the code is one that is known to exist.
        return _token_error(400, "customer.validation", "Bad Request")
    return _token(state, given)


def _is_refresh(request: Request) -> bool:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("grant_type") == "refresh_token"


def _token(state: State, given: dict[str, str]) -> Response:
    refresh = given.get("grant_type") == "refresh_token"
    if not refresh and (given.get("grant_type") != "client_credentials" or given.get("scope") != "token"):
        return _token_error(400, "customer.validation", "Bad Request")
    if given.get("client_id") != state.sophos_client_id:
        return _token_error(401, "oauth.client_app_does_not_exist", "Unauthorized")
    if given.get("client_secret") != state.sophos_client_secret:
        return _token_error(401, "oauth.invalid_client_secret", "Unauthorized")
    with state.lock:
        if refresh and given.get("refresh_token") not in state.sophos.refresh_tokens:
            return _token_error(401, "customer.validation", "Unauthorized")
        token, refresh_token = state.sophos.new_token()
    return answer(
        {
            "access_token": token,
            "refresh_token": refresh_token,
            "token_type": "bearer",
            "expires_in": 3600,
            "message": "OK",
            "errorCode": "success",
            "trackingId": str(uuid.uuid4()),
        }
    )


def serve_global(state: State, request: Request) -> Response:
    """The global API host."""
    return serve(state, request, _ROUTES)


Route = tuple[str, re.Pattern[str], Callable[["State", Request, re.Match[str]], Response]]


def serve(state: State, request: Request, routes: list[Route]) -> Response:
    """Find the route, check limit and token, answer; problems become error objects."""
    try:
        check_call(state, request)
        for method, pattern, view in routes:
            match = pattern.fullmatch(request.path)
            if match and request.method == method:
                with state.lock:
                    return view(state, request, match)
    except Problem as refused:
        created = state.sophos.moment() if refused.status == 403 else None
        return problem(refused.status, refused.error, refused.message, created)
    return problem(404, "resourceNotFound")


def tenant(state: State, customer: Item) -> Item:
    """The customer as the API shows it; accounts that were never activated have no apiHost (section 3.1)."""
    shown = public(customer)
    if customer["_api_host"]:
        shown["apiHost"] = state.region_url(customer["dataRegion"])
    return shown


def _whoami(state: State, request: Request, match: re.Match[str]) -> Response:
    sophos, kind = state.sophos, state.switches.who_id_type
    hosts = {"global": state.urls["sophos_api"]}
    identity = sophos.partner_id
    if kind == "organization":
        identity = sophos.organization_id
    elif kind == "tenant":
        customer = next(iter(sophos.customers.values()), None)
        identity = customer["id"] if customer else sophos.organization_id
        hosts["dataRegion"] = state.region_url(customer["dataRegion"] if customer else "eu02")
    identity = identity.upper() if state.switches.upper_case_ids else identity
    return answer({"id": identity, "idType": kind, "apiHosts": hosts})


def _tenants(state: State, request: Request, match: re.Match[str]) -> Response:
    check_partner(state, request)
    customers = list(state.sophos.customers.values())
    return answer(offset_page(state, request.args, customers, show=lambda customer: tenant(state, customer)))


def _tenant(state: State, request: Request, match: re.Match[str]) -> Response:
    check_partner(state, request)
    customer = state.sophos.customers.get(match["id"].lower())
    if customer is None:
        raise Problem(404, "resourceNotFound")
    return answer(some_fields([tenant(state, customer)], request.args.get("fields", ""))[0])


def _usage(state: State, request: Request, match: re.Match[str]) -> Response:
    """A month without data is 404, a month that is none 400 (section 4.4)."""
    check_partner(state, request)
    year, month = match["year"], match["month"]
    if not (year.isdigit() and len(year) == 4 and month.isdigit() and 1 <= int(month) <= 12):
        raise Problem(400, "badRequest", "Invalid year or month")
    name = f"{year}-{int(month):02d}"
    lines = state.sophos.lines_of(name, state.switches.usage_rolls)
    if not lines:
        raise Problem(404, "resourceNotFound", "No data for requested year or month.")
    accounts = {item.strip().lower() for item in request.args.get("accountId", "").split(",") if item.strip()}
    mails = {item.strip().lower() for item in request.args.get("contactEmail", "").split(",") if item.strip()}
    if accounts:
        lines = [line for line in lines if line.get("accountId") in accounts]
    if mails:
        lines = [line for line in lines if line.get("contactEmail", "").lower() in mails]
    switches = state.switches
    return answer(key_page(state, request.args, lines, switches.billing_page_default, switches.billing_page_max))


def _licenses(state: State, request: Request, match: re.Match[str]) -> Response:
    """One customer's licences: no paging, no items (section 5.1)."""
    customer = check_customer(state, request)
    body: Item = {"tenant": {"id": customer["id"]}, "licenses": customer["_licenses"]}
    if "organization" in customer:
        body["organization"] = customer["organization"]
    return answer(body)


def _firewalls(state: State, request: Request, match: re.Match[str]) -> Response:
    """At partner level `tenant` is an empty object and `billingTenant` is filled, as seen live (section 5.2)."""
    if request.headers.get("X-Partner-ID"):
        check_partner(state, request)
        owners = list(state.sophos.customers.values())
    else:
        owners = [check_customer(state, request)]
    items = [firewall for customer in owners for firewall in customer["_firewalls"]]
    return answer(offset_page(state, request.args, items))


_ROUTES: list[Route] = [
    ("GET", re.compile(r"/whoami/v1/?"), _whoami),
    ("GET", re.compile(r"/partner/v1/tenants"), _tenants),
    ("GET", re.compile(r"/partner/v1/tenants/(?P<id>[^/]+)"), _tenant),
    ("GET", re.compile(r"/partner/v1/billing/usage/(?P<year>[^/]+)/(?P<month>[^/]+)"), _usage),
    ("GET", re.compile(r"/licenses/v1/licenses"), _licenses),
    ("GET", re.compile(r"/licenses/v1/licenses/firewalls"), _firewalls),
]
