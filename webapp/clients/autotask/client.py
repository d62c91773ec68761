"""The named calls to Autotask.

Vendor documentation: https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/REST/REST_API_Home.htm
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from webapp.clients.autotask import adjust, new_line, parse
from webapp.clients.autotask.basic import DOMAIN, SYSTEM, WRONG_ZONE, AutotaskBasic, AutotaskCredentials
from webapp.clients.autotask.lists import EVERY_ROW, Condition, among, query
from webapp.clients.autotask.tickets import AutotaskTickets
from webapp.clients.errors import ApiError, AutotaskRefusal, BadAnswer, NotFound, PermissionMissing, Trouble
from webapp.clients.http import Counter, Http, Options
from webapp.domain import Company, Contract, ContractService, PostOutcome, Service, Threshold, UnitRow, Zone

Entity = TypeVar("Entity")

RECURRING_SERVICE = 7  # contractType (section 6)


class AutotaskClient:
    """What Kontor asks Autotask, and the two things it writes. Lists come page by page; ids go in by at most 500 a query."""

    def __init__(
        self,
        credentials: AutotaskCredentials,
        finder_url: str,
        *,
        counter: Counter | None = None,
        options: Options | None = None,
        zone: Zone | None = None,
        zone_moved: Callable[[Zone], None] | None = None,
        post_deadline: float = 60,
    ) -> None:
        http = Http(system=SYSTEM, base=finder_url, domain=DOMAIN, counter=counter or Counter(), options=options or Options())
        self._basic = AutotaskBasic(credentials, http, zone=zone, zone_moved=zone_moved)
        self._post_deadline = post_deadline

    def __repr__(self) -> str:
        return "<AutotaskClient>"

    def zone(self) -> Zone:
        """The zone of this user. Raises ZoneUnknown, HostNotAllowed, Unreachable."""
        return self._basic.zone

    def threshold(self) -> Threshold:
        """Calls of the running hour by all integrations, and the limit (section 4). The call itself counts."""
        return parse.threshold(self._basic.get("ThresholdInformation", entity="ThresholdInformation"))

    def threshold_if_told(self) -> Threshold | None:
        """The same; None where this database or this user's level does not tell. Other errors are raised."""
        try:
            return self.threshold()
        except (NotFound, PermissionMissing, AutotaskRefusal):
            return None
        except BadAnswer as error:
            if isinstance(error, Trouble):
                raise
            return None

    def companies(self, ids: Iterable[int] | None = None) -> Iterator[tuple[Company, ...]]:
        """Companies of every type, active and not; all, or those with these ids."""
        return self._list("Companies", parse.company, ids=ids)

    def contracts(
        self, ids: Iterable[int] | None = None, *, company_ids: Iterable[int] | None = None
    ) -> Iterator[tuple[Contract, ...]]:
        """Recurring service contracts, whatever their status and dates; all, or those with these ids or companies."""
        kind: Condition = {"op": "eq", "field": "contractType", "value": RECURRING_SERVICE}
        if company_ids is not None:
            return self._list("Contracts", parse.contract, kind, ids=company_ids, id_field="companyID")
        return self._list("Contracts", parse.contract, kind, ids=ids)

    def services(self, ids: Iterable[int] | None = None) -> Iterator[tuple[Service, ...]]:
        """Autotask's catalogue of services, active and not."""
        return self._list("Services", parse.service, ids=ids)

    def contract_services(self, contract_ids: Iterable[int]) -> Iterator[tuple[ContractService, ...]]:
        """The lines of these contracts."""
        return self._list("ContractServices", parse.contract_service, ids=contract_ids, id_field="contractID")

    def units_in_force(self, line_ids: Iterable[int], *, on: date, until: date | None = None) -> Iterator[tuple[UnitRow, ...]]:
        """The unit rows of these lines whose period holds the day ``on``, or any day up to ``until`` (both included). No row for
        a line is not 0: it cannot be read."""
        begun: Condition = {"op": "lte", "field": "startDate", "value": midnight(until or on)}
        not_over: Condition = {"op": "gte", "field": "endDate", "value": midnight(on)}
        rows = self._list("ContractServiceUnits", parse.unit_row, begun, not_over, ids=line_ids, id_field="contractServiceID")
        return rows

    def units_after(self, line_ids: Iterable[int], *, after: date) -> Iterator[tuple[UnitRow, ...]]:
        """The unit rows of these lines that begin later than ``after``; Autotask keeps rows for future periods too."""
        later: Condition = {"op": "gt", "field": "startDate", "value": midnight(after)}
        return self._list("ContractServiceUnits", parse.unit_row, later, ids=line_ids, id_field="contractServiceID")

    @property
    def tickets(self) -> AutotaskTickets:
        """Tickets and their notes."""
        return AutotaskTickets(self._basic, self._post_deadline)

    def require_readable(self, entity: str) -> None:
        """Raises PermissionMissing where this user may not read ``entity``, and what any call raises."""
        self._basic.ask(f"{entity}/query", {"MaxRecords": 1, "Filter": [EVERY_ROW]}, entity=entity)
        self._require(entity, "Query")

    def require_creatable(self, entity: str) -> None:
        """Raises PermissionMissing where this user may not create ``entity``."""
        self._require(entity, "Create")

    def adjust(
        self,
        *,
        contract_service_id: int,
        unit_change: int,
        effective_date: date,
        timely: Callable[[], bool] = lambda: True,
    ) -> PostOutcome:
        """Post one relative change of a line's units, once. Never raises for what happens on the network. ``timely`` is
        asked directly before the first byte goes out; where it is not, nothing is sent."""
        return adjust.adjust(
            self._basic,
            seconds=self._post_deadline,
            contract_service_id=contract_service_id,
            unit_change=unit_change,
            effective_date=effective_date,
            timely=timely,
        )

    def add_line(self, *, contract_id: int, service_id: int, timely: Callable[[], bool] = lambda: True) -> PostOutcome:
        """Put a service on a contract as a new line without units, once. Never raises for what happens on the network.
        ``timely`` is asked directly before the first byte goes out; where it says no, nothing is sent."""
        facts = {"contract_id": contract_id, "service_id": service_id}
        return new_line.add_line(self._basic, seconds=self._post_deadline, **facts, timely=timely)

    def zone_moved_since(self, outcome: PostOutcome) -> bool:
        """Whether a POST that ended so went to a zone that the database has left. What follows goes to the new one."""
        try:
            return outcome.status in WRONG_ZONE and self._basic.zone_has_moved()
        except ApiError:
            return False

    def _require(self, entity: str, action: str) -> None:
        """Raises where Autotask says that this user may not; not where it does not say: the first real call will show."""
        try:
            info = self._basic.get(f"{entity}/entityInformation", entity=entity)
        except NotFound:
            return
        if parse.allowed(info, action) is False:
            raise PermissionMissing(SYSTEM, what=entity)

    def _list(
        self,
        entity: str,
        make: Callable[[Mapping[str, Any]], Entity],
        *conditions: Condition,
        ids: Iterable[int] | None = None,
        id_field: str = "id",
    ) -> Iterator[tuple[Entity, ...]]:
        if ids is None:
            return query(self._basic, entity, make, list(conditions) or [EVERY_ROW])
        return among(self._basic, entity, make, *conditions, values=ids, field=id_field)


def midnight(day: date) -> str:
    """A plain date as the API takes it without shifting it (section 3)."""
    return f"{day.isoformat()}T00:00:00"
