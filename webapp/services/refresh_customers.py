"""The Sophos half of a refresh: tenants into customers, and what is missing or gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from webapp.clients.causes import EMPTY
from webapp.clients.errors import BadAnswer
from webapp.clients.sophos import SophosClient
from webapp.context import now
from webapp.domain import ResultState, Tenant
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Customer, Mapping
from webapp.services import mirror
from webapp.services.mirror import BillingChange

GONE_AFTER = 2  # complete refreshes without the customer before it is asked for by id
_MOST_ASKED = 50  # by id in one refresh: Sophos allows a hundred calls a minute
_BATCH = 500


@dataclass(frozen=True)
class CustomerRefresh:
    """How the refresh went for one customer; ``code`` is customer_missing or customer_gone where it failed."""

    customer_id: str
    customer_name: str
    state: ResultState
    code: str | None = None


def known_ids(scope: tuple[str, ...]) -> tuple[str, ...]:
    """The ids in lower case. Raises Refused (customer_unknown) for one that is not in the mirror."""
    ids = tuple(dict.fromkeys(each.lower() for each in scope))
    found = set(db.session.scalars(select(Customer.id).where(Customer.id.in_(ids))))
    db.session.commit()
    for each in ids:
        if each not in found:
            raise Refused("customer_unknown", "customer", customer=each)
    return ids


def mapped_to(ids: tuple[str, ...]) -> tuple[set[int], set[int]]:
    """Companies and contracts that these customers are mapped to."""
    rows = db.session.execute(select(Mapping.company_id, Mapping.contract_id).where(Mapping.customer_id.in_(ids))).all()
    db.session.commit()
    return {row[0] for row in rows if row[0] is not None}, {row[1] for row in rows if row[1] is not None}


class Reading:
    """Reads customers and keeps what came of it. ``between_pages(done, total)`` is called after each page."""

    def __init__(self, sophos: SophosClient, between_pages: Callable[[int, int], None]) -> None:
        self._sophos = sophos
        self._between_pages = between_pages
        self.results: list[CustomerRefresh] = []
        self.changed: list[BillingChange] = []
        self.new = 0

    def everything(self) -> None:
        """The whole list; then those that were not in it. Raises BadAnswer for an empty list that never was."""
        known = set(db.session.scalars(select(Customer.id).where(Customer.gone_at.is_(None))))
        db.session.commit()
        seen: set[str] = set()
        for page in self._sophos.tenants():
            self._write(page)
            seen.update(tenant.id for tenant in page)
            self._between_pages(len(seen), max(len(known), len(seen)))
        if known and not seen:
            raise BadAnswer("Sophos", cause=EMPTY)
        self._mark_missing(known - seen)
        self._ask_for_missing()

    def chosen(self, ids: tuple[str, ...]) -> None:
        """Each by its id, or many from the list. A 404 alone is not "gone": that takes two complete lists without the
        customer as well."""
        from_list = self._from_list(set(ids)) if len(ids) > _MOST_ASKED else set()
        alone = [customer_id for customer_id in ids if customer_id not in from_list]
        for done, customer_id in enumerate(alone, start=len(from_list) + 1):
            tenant = self._sophos.tenant(customer_id)
            if tenant is None:
                self._not_found(customer_id)
            else:
                self._write((tenant,))
            self._between_pages(done, len(ids))

    def _from_list(self, wanted: set[str]) -> set[str]:
        """Those of ``wanted`` that Sophos lists: a page of a hundred costs as much as one customer by id."""
        found: set[str] = set()
        for page in self._sophos.tenants():
            chosen = tuple(tenant for tenant in page if tenant.id in wanted)
            self._write(chosen)
            found.update(tenant.id for tenant in chosen)
            self._between_pages(len(found), len(wanted))
        return found

    def _write(self, page: tuple[Tenant, ...]) -> None:
        written = mirror.customers(page, now())
        db.session.commit()
        self.new += len(written.new)
        self.changed += written.changed
        self.results += [CustomerRefresh(tenant.id, tenant.show_as or tenant.name, ResultState.SUCCEEDED) for tenant in page]

    def _mark_missing(self, ids: set[str]) -> None:
        missing = sorted(ids)
        for start in range(0, len(missing), _BATCH):
            for row in db.session.scalars(select(Customer).where(Customer.id.in_(missing[start : start + _BATCH]))):
                row.missing_refreshes += 1
                self.results.append(CustomerRefresh(row.id, row.shown_name, ResultState.FAILED, "customer_missing"))
        db.session.commit()

    def _ask_for_missing(self) -> None:
        """Those that two complete lists came without, by id: 404 means gone."""
        overdue = select(Customer.id).where(Customer.gone_at.is_(None), Customer.missing_refreshes >= GONE_AFTER)
        ids = list(db.session.scalars(overdue.order_by(Customer.id).limit(_MOST_ASKED)))
        db.session.commit()
        for customer_id in ids:
            if self._sophos.tenant(customer_id) is None:
                self._not_found(customer_id)

    def _not_found(self, customer_id: str) -> None:
        row = db.session.get_one(Customer, customer_id)
        if row.missing_refreshes >= GONE_AFTER and row.gone_at is None:
            row.gone_at = now()
        code = "customer_gone" if row.gone_at else "customer_missing"
        self.results = [each for each in self.results if each.customer_id != customer_id]
        self.results.append(CustomerRefresh(customer_id, row.shown_name, ResultState.FAILED, code))
        db.session.commit()
