"""The parts of the machine in test_billing_machine.py: a Kontor with a sandbox, days that go by, faults, and crashes."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.world import PRODUCT, World
from webapp import create_app
from webapp.clients.autotask.client import AutotaskClient
from webapp.domain import LineState, Month, RunKind
from webapp.extensions import db
from webapp.models import Change, ContractSetting, Run
from webapp.sandbox.server import Sandbox
from webapp.services import execution, preferences, runs
from webapp.settings import load_settings

LINES = {
    "daily": ("daily", date(2026, 1, 1)),
    "daily from the 15th": ("daily", date(2026, 1, 15)),
    "monthly": ("monthly", date(2026, 1, 1)),
    "arrears": ("arrears", date(2026, 1, 1)),
}
"""The customers: the billing way of the contract, and the day on which it began."""
OPEN = (LineState.POSTING, LineState.UNKNOWN, LineState.NOT_APPLIED, LineState.CONFLICT)
FAULTS: dict[str, dict[str, Any]] = {
    "answer lost after applying": {"action": "reset_after"},
    "page instead of an answer, applied": {"action": "status_after"},
    "answer cut, applied": {"action": "cut_json"},
    "connection lost before applying": {"action": "reset_before"},
    "html 500, not applied": {"action": "html"},
    "500 with an unknown text, not applied": {"action": "status", "status": 500, "body": {"errors": ["Something went wrong."]}},
    "redirect": {"action": "redirect"},
}


class Crash(BaseException):
    """The process is gone: nothing in the product may catch this."""


class Stage:
    """A connected Kontor on a database of its own; ``day`` goes by when told to."""

    def __init__(self, template: Path, folder: Path, first_day: date) -> None:
        self.moment = datetime(first_day.year, first_day.month, first_day.day, 10, tzinfo=UTC)
        self.box = Sandbox(seed="empty", today=lambda: self.today, now=lambda: self.moment)
        self.box.start()
        self._clock = folder / "clock"
        self._clock.write_text(self.moment.isoformat())
        values = {"KONTOR_INSTANCE": str(folder), "KONTOR_TIMEZONE": "Europe/Berlin", "KONTOR_TEST_CLOCK": str(self._clock)}
        keys = {"SECRET_KEY": "tests", "KONTOR_CREDENTIAL_KEYS": "x5bV6uK4r1dGZp0aQeXr0JmM5t8yqkq0S2f3oYb1c2k="}
        settings = load_settings(values | keys | self.box.environment())
        shutil.copy(template, folder / "kontor.db")
        self._context = create_app(settings).app_context()
        self._context.push()
        self.world = World(self.box, self._context.app)
        self.world.connect()
        self._limits()

    def _limits(self) -> None:
        wide = {"hold_increase_units": 100_000, "hold_decrease_units": 100_000, "hold_decrease_percent": 100}
        for name, value in (wide | {"run_stop_percent": 100, "on_drift": "overwrite"}).items():
            preferences.put(name=name, value=str(value), by="test")
        db.session.commit()

    def close(self) -> None:
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
        self._context.pop()
        self.box.stop()

    @property
    def today(self) -> date:
        return self.moment.date()

    @property
    def month(self) -> str:
        return str(Month.of(self.today))

    def add(self, name: str, *, units: int) -> None:
        way, start = LINES[name]
        self.world.customer(name, units=units, usage=None, start=start, end=date(2028, 12, 31))
        contract_id = self.box.state.autotask.tables["ContractServices"][self.line(name)]["contractID"]
        db.session.add(ContractSetting(contract_id=contract_id, billing=way, changed_at=self.moment, changed_by="test"))
        db.session.commit()

    def line(self, name: str) -> int:
        return self.world.lines[name, PRODUCT]

    def use(self, name: str, figure: int, month: str) -> None:
        self.box.state.set_usage(customer_id=self.world.ids[name], product_code=PRODUCT, billable=figure, month=month)

    def wait(self, **time: int) -> None:
        self.moment += timedelta(**time)
        self._clock.write_text(self.moment.isoformat())

    def sync(self, *names: str, month: str | None = None, closed: bool = False) -> Run:
        scope = [self.world.ids[name] for name in names] or None
        run = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:test@box", scope=scope, month=month, closed=closed)
        db.session.commit()
        execution.carry_out(run.id)
        return runs.get(run.id)

    def changes(self, *states: LineState) -> list[Change]:
        wanted = select(Change).where(Change.state.in_(states)) if states else select(Change)
        found = list(db.session.scalars(wanted.order_by(Change.id)))
        db.session.commit()
        return found

    def break_posts(self, fault: str) -> None:
        self.box.state.faults.add(host="autotask", method="POST", path="ContractServiceAdjustments", times=1, **FAULTS[fault])

    def mend(self) -> None:
        self.box.state.faults.clear()

    def booked(self) -> Counter[tuple[int | None, date | None, int]]:
        """Every adjustment that Autotask applied."""
        return Counter((each.contract_service_id, each.date, each.change) for each in self.box.state.books.adjustments)

    def confirmed(self) -> Counter[tuple[int | None, date | None, int]]:
        proved = self.changes(LineState.CONFIRMED)
        return Counter((change.contract_service_id, change.effective_date, change.delta) for change in proved)


@contextmanager
def crashing(where: str, number: int) -> Iterator[None]:
    """The process dies at the ``number``-th call of that kind: before or after a POST, or while units are read."""
    left = [number]

    def counted() -> bool:
        left[0] -= 1
        return left[0] == 0

    adjust, read = AutotaskClient.adjust, AutotaskClient.units_in_force

    def posts(self: AutotaskClient, **how: Any) -> Any:
        dies = where != "reading" and counted()
        if dies and where == "before the POST":
            raise Crash
        outcome = adjust(self, **how)
        if dies:
            raise Crash
        return outcome

    def reads(self: AutotaskClient, *ids: Any, **how: Any) -> Any:
        if where == "reading" and counted():
            raise Crash
        return read(self, *ids, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AutotaskClient, "adjust", posts)
        patch.setattr(AutotaskClient, "units_in_force", reads)
        yield
