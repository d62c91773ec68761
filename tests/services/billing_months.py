"""Months of a bakery's line that go by, for tests of the billing ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from tests.world import PRODUCT, World
from webapp.extensions import db
from webapp.models import Finding, Run
from webapp.services import preferences

SetClock = Callable[[str], object]
BAKERY, ESTATES = "Bäckerei Wöhrle KG", "Dunmore Estates"
OCTOBER, NOVEMBER, DECEMBER, JANUARY = "2026-10", "2026-11", "2026-12", "2027-01"


class Month:
    """A world in which days go by. The bakery is what a test is about; the estates keep the guard of the run quiet."""

    def __init__(self, world: World, set_clock: SetClock) -> None:
        self.world, self._set_clock = world, set_clock

    def begin(self, *, units: int = 12, way: str = "daily", **contract: object) -> None:
        preferences.put(name="billing", value=way, by="test")
        self.world.customer(BAKERY, units=units, usage=None, **contract)
        self.world.customer(ESTATES, units=200, usage=None)
        for month in (OCTOBER, NOVEMBER, DECEMBER, JANUARY):
            self.world.use(ESTATES, 200, month=month)

    def use(self, month: str, figure: int) -> None:
        self.world.use(BAKERY, figure, month=month)

    def day(self, text: str) -> None:
        self._set_clock(f"{text}T10:00:00+00:00")

    def sync(self, text: str) -> Run:
        self.day(text)
        return self.world.sync()

    def close(self, text: str, month: str = NOVEMBER) -> Run:
        self.day(text)
        return self.world.close(month)

    def line(self, run: Run) -> tuple[str, str, str | None]:
        (found,) = [each for each in run.lines if each.customer_names[0] == BAKERY]
        return found.state, found.reason, found.effective_date.isoformat() if found.effective_date else None

    def books(self) -> list[tuple[str, int]]:
        """Date and size of every adjustment that took effect on the bakery's line."""
        line = self.world.lines[BAKERY, PRODUCT]
        entries = self.world.sandbox.state.books.adjustments
        return [(each.date.isoformat(), each.change) for each in entries if each.contract_service_id == line and each.date]

    def units(self, text: str) -> int | None:
        return self.world.units(BAKERY, on=date.fromisoformat(text))

    def missed(self) -> list[tuple[str, int, str]]:
        found = db.session.scalars(select(Finding).where(Finding.code.in_(["close_missed", "period_missed", "date_missed"])))
        return [(each.code, each.params["units"], each.params["date"]) for each in found if each.cleared_at is None]
