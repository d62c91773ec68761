"""The connections to Sophos and Autotask: stored encrypted, opened for those who call, shown without anything secret.

What the check does before anything is stored: webapp/services/connection_checks.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from flask import current_app, has_app_context
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from webapp.clients.autotask import AutotaskClient, AutotaskCredentials
from webapp.clients.http import Counter, Options
from webapp.clients.sophos import SophosAddresses, SophosClient, SophosCredentials
from webapp.context import context, now
from webapp.domain import Zone
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Connection
from webapp.services import audit
from webapp.services.pace import PER_MINUTE, DatabasePace
from webapp.services.slots import LEASE_SECONDS, DatabaseSlots
from webapp.settings import Settings
from webapp.vault import VaultError

SYSTEMS = {"sophos": "Sophos", "autotask": "Autotask"}
_LEASE_MARGIN = 30  # seconds that a slot's lease outlives the longest call

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ConnectionStatus:
    """One system for pages: ``facts`` hold nothing secret."""

    system: str
    title: str
    connected: bool
    facts: Mapping[str, Any]
    connected_at: datetime | None = None
    connected_by: str | None = None
    checked_at: datetime | None = None


def status() -> tuple[ConnectionStatus, ...]:
    """Both systems, Sophos first, connected or not."""
    rows = {row.system: row for row in db.session.scalars(select(Connection))}
    return tuple(_status(system, rows.get(system)) for system in SYSTEMS)


def both_connected() -> bool:
    return all(each.connected for each in status())


def _status(system: str, row: Connection | None) -> ConnectionStatus:
    title = SYSTEMS[system]
    if row is None:
        return ConnectionStatus(system, title, connected=False, facts={})
    return ConnectionStatus(system, title, True, row.facts, row.connected_at, row.connected_by, row.checked_at)


def store(*, system: str, credentials: Mapping[str, str], facts: Mapping[str, Any], by: str) -> None:
    """Keep checked credentials, encrypted, in place of those before. The caller commits."""
    row = db.session.get(Connection, system)
    before = dict(row.facts) if row else None
    moment = now()
    values = {"facts": dict(facts), "connected_at": moment, "connected_by": by, "checked_at": moment}
    db.session.merge(Connection(system=system, credentials=context().vault.seal(credentials), **values))
    audit.record(by=by, action="connect", subject=f"connection:{system}", before=before, after=facts)
    db.session.flush()


def mark_checked(system: str, facts: Mapping[str, Any]) -> None:
    """Note that the stored connection works now, and what is known of it since. The caller commits."""
    if row := db.session.get(Connection, system):
        row.checked_at = now()
        row.facts = {**row.facts, **facts}


def open_sophos(counter: Counter, *, options: Options | None = None) -> SophosClient:
    """A client on the stored credentials; sends nothing yet. Raises Refused (not_connected, credentials_unreadable)."""
    credentials, facts = _stored("sophos")
    return sophos_client(credentials, counter, options or sophos_options(), partner_id=facts.get("partner_id"))


def open_autotask(counter: Counter, *, options: Options | None = None) -> AutotaskClient:
    """The same for Autotask. A zone that turns out to have moved is stored."""
    credentials, facts = _stored("autotask")
    engine = db.engine
    return autotask_client(
        credentials,
        counter,
        options or call_options(),
        zone=_zone(facts),
        zone_moved=lambda zone: _remember_zone(engine, zone),
    )


def sophos_client(
    credentials: Mapping[str, str], counter: Counter, options: Options, partner_id: str | None = None
) -> SophosClient:
    """A client for credentials as they are stored: client_id, client_secret."""
    settings = context().settings
    addresses = SophosAddresses(settings.sophos_id_url, settings.sophos_api_url)
    return SophosClient(SophosCredentials(**credentials), addresses, counter=counter, options=options, partner_id=partner_id)


def autotask_client(credentials: Mapping[str, str], counter: Counter, options: Options, **more: Any) -> AutotaskClient:
    """A client for credentials as they are stored: username, secret, integration_code."""
    settings = context().settings
    return AutotaskClient(
        AutotaskCredentials(**credentials),
        settings.autotask_zone_url,
        counter=counter,
        options=options,
        post_deadline=settings.post_deadline,
        **more,
    )


def call_options() -> Options:
    """How runs call: the time-outs of the settings, the slots of the database, and no call inside a transaction."""
    settings = context().settings
    return Options(read_timeout=settings.read_timeout, before_send=no_open_transaction, throttle=slots(settings))


def sophos_options() -> Options:
    """The same for Sophos, which counts calls by the minute: no more than all processes together may make."""
    return replace(call_options(), pace=pace())


def pace(per_minute: int = PER_MINUTE) -> DatabasePace:
    """The pace of all calls to Sophos: its limit counts every API and every process together (sophos-api.md, section 8.1)."""
    return DatabasePace(db.engine, "sophos", system=SYSTEMS["sophos"], per_minute=per_minute)


def slots(settings: Settings) -> DatabaseSlots:
    """The throttle for Autotask; its leases outlive the longest call that the settings allow."""
    longest = max(Options(read_timeout=settings.read_timeout).answer_timeout, settings.post_deadline)
    return DatabaseSlots(db.engine, lease_seconds=max(LEASE_SECONDS, longest + _LEASE_MARGIN))


def no_open_transaction() -> None:
    """No database transaction may be open during a network call (design, section 6, rule 8): it would hold everybody else
    up for as long as the other side takes. An error in tests, a line in the log otherwise."""
    if not has_app_context() or not db.session.registry.has() or not db.session().in_transaction():
        return
    if current_app.testing:
        raise RuntimeError("a database transaction is open during a network call; commit first")
    log.warning("a database transaction is open during a network call")


def _stored(system: str) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Credentials and facts, read on a connection of their own, so that no transaction stays open."""
    wanted = select(Connection.credentials, Connection.facts).where(Connection.system == system)
    with db.engine.connect().execution_options(read_only=True) as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Refused("not_connected")
    try:
        return context().vault.open(row.credentials), row.facts
    except VaultError as error:
        raise Refused("credentials_unreadable", system=SYSTEMS[system]) from error


def zone_facts(zone: Zone) -> dict[str, Any]:
    """A zone as it is stored."""
    return {"zone": asdict(zone)}


def _zone(facts: Mapping[str, Any]) -> Zone | None:
    known = facts.get("zone")
    return Zone(**known) if known else None


def _remember_zone(engine: Engine, zone: Zone) -> None:
    """Any thread may find out that the zone moved, so this uses neither the session nor the application's context."""
    with Session(engine) as session, session.begin():
        if row := session.get(Connection, "autotask"):
            row.facts = {**row.facts, **zone_facts(zone)}
