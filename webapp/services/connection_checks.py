"""The connection check: runs within ten seconds, before anything is stored, and says which part does not fit.

It is the only slow thing that happens inside a web request (design, section 6, rule 8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from webapp.clients.autotask import AutotaskClient
from webapp.clients.autotask.basic import shortened
from webapp.clients.causes import TOO_SLOW
from webapp.clients.errors import ApiError, NotAPartner, Unreachable
from webapp.clients.http import Counter, Options
from webapp.clients.sophos import SophosClient
from webapp.clients.throttle import NoPace
from webapp.context import context, today
from webapp.domain import Month
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import connections, ticket_rights

Result = TypeVar("Result")

CHECK_SECONDS = 10.0
READ_ENTITIES = ("Companies", "Contracts", "Services", "ContractServices", "ContractServiceUnits")
"""What Kontor reads in Autotask. The first is asked alone: a wrong password must not be tried six times at once."""
_CALLS_A_MINUTE = 100  # all that Sophos allows: a few more than the runs take (webapp/services/pace.py)
CREATED_ENTITY = "ContractServiceAdjustments"

_FIELDS = {
    "sophos": {"credentials_refused": "client_secret", "not_a_partner": "client_id"},
    "autotask": {
        "credentials_refused": "secret",
        "zone_unknown": "username",
        "integration_code_invalid": "integration_code",
    },
}


@dataclass(frozen=True)
class Checked:
    """One system: ``code`` is None where all is well; ``limits`` are Autotask's calls of this hour."""

    system: str
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)


def connect(*, system: str, credentials: Mapping[str, str], by: str) -> None:
    """Check, then store. Raises Refused with the code, and the field where one is to blame. The caller commits.

    ``system`` is sophos (client_id, client_secret) or autotask (username, integration_code, secret).
    """
    cleaned = {name: value.strip() for name, value in credentials.items()}
    facts = check_sophos(**cleaned) if system == "sophos" else check_autotask(**cleaned)
    connections.store(system=system, credentials=cleaned, facts=facts, by=by)


def check_sophos(client_id: str, client_secret: str) -> dict[str, Any]:
    """Token, whoami (a partner), a page of tenants, billing usage. Gives the facts to store; raises Refused."""
    credentials = {"client_id": client_id, "client_secret": client_secret}
    _refuse_unsendable("sophos", credentials)
    client = connections.sophos_client(credentials, Counter(), _options("sophos"))
    month, place = Month.of(today()), ticket_rights.place_to_ask()
    return _checked("sophos", lambda: _try_sophos(client, month, place))


def check_autotask(username: str, integration_code: str, secret: str) -> dict[str, Any]:
    """Zone, credentials, integration code, reading of each entity, the right to adjust. Facts to store; raises Refused."""
    credentials = {"username": username, "integration_code": integration_code, "secret": secret}
    _refuse_unsendable("autotask", credentials)
    client = connections.autotask_client(credentials, Counter(), _options("autotask"))
    facts = _checked("autotask", lambda: _try_autotask(client))
    return {**facts, "username": shortened(username)}


def check_stored() -> tuple[Checked, ...]:
    """Both stored connections, as they are now; commits the moment of a good check."""
    results = (_check_stored("sophos"), _check_stored("autotask"))
    for result in results:
        if result.code is None:
            connections.mark_checked(result.system, result.facts)
    db.session.commit()
    return results


def _check_stored(system: str) -> Checked:
    try:
        db.session.commit()
        if system == "sophos":
            sophos, month = connections.open_sophos(Counter(), options=_options(system)), Month.of(today())
            place = ticket_rights.place_to_ask()
            return Checked(system, facts=_checked(system, lambda: _try_sophos(sophos, month, place)))
        autotask = connections.open_autotask(Counter(), options=_options(system))
        facts = _checked(system, lambda: _try_autotask(autotask))
        threshold = _checked(system, autotask.threshold_if_told)
        limits = {"used": threshold.used, "limit": threshold.limit} if threshold else {}
        return Checked(system, facts=facts, limits=limits)
    except Refused as error:
        return Checked(system, error.code, error.params)


def _try_sophos(client: SophosClient, month: Month, place: tuple[str, str] | None) -> dict[str, Any]:
    found = client.whoami()
    if found.id_type != "partner":
        raise NotAPartner(connections.SYSTEMS["sophos"], kind=found.id_type)
    next(client.tenants(), ())
    client.require_usage_readable(month)
    return {"partner_id": found.id, **ticket_rights.of_sophos(client, place)}


def _try_autotask(client: AutotaskClient) -> dict[str, Any]:
    zone = client.zone()
    client.require_readable(READ_ENTITIES[0])
    with ThreadPoolExecutor(3) as pool:
        readings = [pool.submit(client.require_readable, entity) for entity in READ_ENTITIES[1:]]
        readings.append(pool.submit(client.require_creatable, CREATED_ENTITY))
        rights = [pool.submit(client.tickets.rights, entity) for entity in ticket_rights.ENTITIES]
    for reading in readings:
        reading.result()
    found = {entity: right.result() for entity, right in zip(ticket_rights.ENTITIES, rights, strict=True)}
    return connections.zone_facts(zone) | ticket_rights.of_autotask(found)


def _checked(system: str, work: Callable[[], Result]) -> Result:
    """The result of ``work``, within the time limit, with the network's errors as Refused.

    The work has a thread of its own, because looking up a name can take longer than any time-out of ours.
    """
    db.session.commit()
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(CHECK_SECONDS + 1)
    except TookTooLong:
        error: ApiError = Unreachable(connections.SYSTEMS[system], cause=TOO_SLOW)
    except ApiError as raised:
        error = raised
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    raise Refused(error.code, _FIELDS[system].get(error.code), **error.params)


def _options(system: str) -> Options:
    """At most two tries, and nothing after the time limit. A person waits, so a check goes before the runs."""
    settings = context().settings
    return Options(
        read_timeout=min(5.0, settings.read_timeout),
        tries=2,
        deadline=monotonic() + CHECK_SECONDS,
        throttle=connections.slots(settings),
        pace=connections.pace(_CALLS_A_MINUTE) if system == "sophos" else NoPace(),
    )


def _refuse_unsendable(system: str, credentials: Mapping[str, str]) -> None:
    """Nothing with a control character is a credential, and such a header could not be sent."""
    for name, value in credentials.items():
        if not value or not value.isprintable():
            raise Refused("credentials_refused", name, system=connections.SYSTEMS[system])
