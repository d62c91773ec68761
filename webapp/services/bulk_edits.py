"""Switching usage sync or ticket sync for many customers: first what will happen and to whom, then the same thing done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Mapping as MappingRow
from webapp.services import mappings, open_alerts, ticket_standing
from webapp.services.ticket_standing import AlreadyOpen

SWITCHES = ("usage_sync", "ticket_sync")
_AT_ONCE = 500


@dataclass(frozen=True)
class LeftOut:
    """A customer that cannot be switched, and why (a code of the catalogue with its figures)."""

    id: str
    name: str
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class BulkEdit:
    """What switching does, or did: ``changed`` as (id, name), ``already`` those that are as wanted, ``left_out`` with reasons.

    For ticket sync, ``open_alerts`` are those that are open already where it would be switched on, and ``open_tickets`` those
    that nobody follows any more where it is switched off. ``also_open``: what is open already gets tickets too.
    """

    switch: str
    enabled: bool
    changed: Sequence[tuple[str, str]]
    already: Sequence[tuple[str, str]]
    left_out: Sequence[LeftOut]
    open_alerts: AlreadyOpen | None = None
    open_tickets: int = 0
    also_open: bool = False


def preview(*, switch: str, enabled: bool, customer_ids: Sequence[str]) -> BulkEdit:
    """What switching would do; changes nothing. Raises Refused for an unknown customer."""
    return _with_tickets(_edit(switch, enabled, customer_ids, by=None))


def apply(*, switch: str, enabled: bool, customer_ids: Sequence[str], by: str, also_open: bool = False) -> BulkEdit:
    """Switch what can be switched and say what was left out. Raises Refused for an unknown customer; then nothing is changed.

    ``also_open``: alerts that are open already get tickets too, where ticket sync is switched on by this.
    """
    done = _with_tickets(_edit(switch, enabled, customer_ids, by=by))
    if not also_open or switch != "ticket_sync" or not enabled:
        return done
    for customer_id, _name in done.changed:
        open_alerts.choose(customer_id=customer_id, tickets=True, by=by)
    return replace(done, also_open=True)


def _with_tickets(edit: BulkEdit) -> BulkEdit:
    ids = [customer_id for customer_id, _name in edit.changed]
    if edit.switch != "ticket_sync":
        return edit
    if edit.enabled:
        return replace(edit, open_alerts=ticket_standing.already_open(ids))
    return replace(edit, open_tickets=ticket_standing.open_tickets(ids))


def _edit(switch: str, enabled: bool, customer_ids: Sequence[str], by: str | None) -> BulkEdit:
    if switch not in SWITCHES:
        raise ValueError(switch)
    changed, already, left_out = [], [], []
    for mapping in _load(customer_ids):
        named = (mapping.customer_id, mapping.customer.shown_name)
        if getattr(mapping, switch) == enabled:
            already.append(named)
            continue
        try:
            _check(switch, enabled, mapping)
        except Refused as refusal:
            left_out.append(LeftOut(*named, refusal.code, refusal.params))
            continue
        changed.append(named)
        if by is not None:
            wanted = replace(mappings.Wanted.of(mapping), **{switch: enabled})
            mappings.keep(mapping=mapping, wanted=wanted, by=by)
    return BulkEdit(switch, enabled, changed, already, left_out)


def _check(switch: str, enabled: bool, mapping: MappingRow) -> None:
    if not enabled:
        return
    if switch == "usage_sync":
        mappings.check_usage_sync(mapping.customer, mapping.company, mapping.contract)
    else:
        mappings.check_ticket_sync(mapping.company)


def _load(customer_ids: Iterable[str]) -> list[MappingRow]:
    """The mappings of these customers by name, in one query for each 500; Refused where one does not exist."""
    wanted = list(dict.fromkeys(customer_ids))
    found: list[MappingRow] = []
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(MappingRow)
            .join(MappingRow.customer)
            .where(MappingRow.customer_id.in_(wanted[start : start + _AT_ONCE]))
            .options(contains_eager(MappingRow.customer), joinedload(MappingRow.company), joinedload(MappingRow.contract))
        )
        found += db.session.scalars(query)
    known = {mapping.customer_id for mapping in found}
    for customer_id in wanted:
        if customer_id not in known:
            raise Refused("customer_unknown", "customer", customer=customer_id)
    return sorted(found, key=lambda mapping: (mapping.customer.name_folded, mapping.customer_id))
