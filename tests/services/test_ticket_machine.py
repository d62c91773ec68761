"""Days at a service desk, drawn at random: alerts come, repeat, recover and vanish, technicians work, lines break. The sandbox's
books say afterwards that no alert was lost, none was told twice, and no ticket was closed too early."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.desk import BAKERY, COMPLETE, SHIPPING, Desk
from webapp.alerts import AlertState, TicketState
from webapp.clients import http
from webapp.clients.throttle import NoPace
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, TicketWatch
from webapp.sandbox.autotask_people import API_RESOURCE
from webapp.services import connections, preferences, ticket_text
from webapp.services.recoveries import is_recovery, recovers
from webapp.services.ticket_keep import as_alert

SetClock = Callable[[str], None]
DOWN, UP, SCAN = "Event::Firewall::FirewallGatewayDown", "Event::Firewall::FirewallGatewayUp", "Event::Endpoint::SavDisabled"
SEEDS = (1, 6, 14)
FAULTS: tuple[dict[str, Any], ...] = (
    {"action": "reset_before", "path": "/Tickets", "method": "POST", "body_contains": "companyID"},
    {"action": "reset_after", "path": "/Tickets", "method": "POST", "body_contains": "companyID"},
    {"action": "status_after", "path": "/Tickets", "method": "POST", "body_contains": "companyID"},
    {"action": "thread_error", "path": "/Tickets", "method": "POST", "body_contains": "companyID"},
    {"action": "html", "path": "/Notes", "method": "POST"},
    {"action": "reset_after", "path": "/Notes", "method": "POST"},
    {"action": "cut_json", "path": "/Notes", "method": "POST"},
    {"action": "thread_error", "path": "/Notes", "method": "POST"},
    {"action": "reset_after", "method": "PATCH"},
    {"action": "reset_before", "method": "PATCH"},
    {"action": "too_many", "method": "PATCH"},
    {"action": "status", "status": 403, "method": "PATCH"},
    {"action": "html", "path": "/Tickets/query", "times": 8},
    {"action": "html", "path": "/TicketNotes/query", "times": 8},
    {"action": "html", "path": "/alerts", "host": "sophos_region", "times": 8},
    {"action": "status", "status": 403, "path": "/alerts", "host": "sophos_region"},
    {"action": "cut_json", "path": "/alerts", "host": "sophos_region"},
    {"action": "reset_after", "path": "/actions", "host": "sophos_region"},
)


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between requests take no time here."""
    pause = http.pause

    def shorter(*how: Any) -> float | None:
        seconds = pause(*how)
        return None if seconds is None else min(seconds, 0.001)

    monkeypatch.setattr(http, "pause", shorter)
    monkeypatch.setattr(connections, "pace", lambda *_how: NoPace())


@dataclass
class Machine:
    """A desk, dice, and what the test itself knows: ``began`` open when ticket sync was switched on, ``deleted`` tickets."""

    desk: Desk
    set_clock: SetClock
    dice: random.Random
    began: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def step(self) -> None:
        moves = (self.alarm, self.alarm, self.alarm, self.recover, self.vanish, self.technician, self.technician, self.fault)
        for _ in range(self.dice.randint(1, 4)):
            self.dice.choice(moves)()
        self.sync(self.dice.choice([1, 10, 10, 70, -5]))

    def alarm(self) -> None:
        kind, device = self.dice.choice([(DOWN, "FW-1"), (SCAN, "PC-1"), (SCAN, "PC-2")])
        ago = 89 * 24 * 60 + 10 if self.dice.random() < 0.03 else self.dice.choice([0, 2, 9])
        allowed = ("acknowledge",) if self.dice.random() < 0.7 else ("clearThreat",)
        description = "Gateway 'WAN' is Down" if kind == DOWN else "Scanning is off"
        self.alert(type=kind, device=device, minutes_ago=ago, allowed_actions=allowed, description=description)

    def recover(self) -> None:
        self.alert(type=UP, device="FW-1", minutes_ago=0, description="Gateway 'WAN' is Up")

    def alert(self, **facts: Any) -> None:
        name = self.dice.choice([BAKERY, SHIPPING])
        self.log("alert", self.desk.alert(name, group="", **facts)[:6], name[:3], facts["type"][-11:])

    def vanish(self) -> None:
        if still := sorted(self.desk.sandbox.state.sophos.alerts):
            chosen = self.dice.choice(still)
            self.desk.gone(chosen)
            self.log("gone", chosen[:6])

    def technician(self) -> None:
        found = self.desk.tickets()
        if not found:
            return
        ticket, state = self.dice.choice(found), self.desk.sandbox.state
        done = ticket["status"] == COMPLETE
        moves: list[Callable[[int], object]] = [state.reopen_ticket] if done else [state.complete_ticket, state.assign]
        if not done:
            moves.append(lambda number: state.write_note(number, "I am on it."))
        if self.dice.random() < 0.1:
            moves = [state.delete_ticket]
        move = self.dice.choice(moves)
        move(ticket["id"])
        self.log(getattr(move, "__name__", "note"), ticket["id"])

    def fault(self) -> None:
        values = {"host": "autotask", "times": 1} | self.dice.choice(FAULTS)
        self.desk.sandbox.state.faults.add(**values)
        self.log("fault", values)

    def sync(self, minutes: int) -> None:
        self.set_clock((now() + timedelta(minutes=minutes)).isoformat())
        run = self.desk.sync()
        db.session.commit()
        self.log("sync", minutes, run.state, self.desk.said(run))
        assert run.error_code != "internal_error"
        assert "internal_error" not in [result.error_code for result in run.results]
        self.nothing_closed_too_early()

    def log(self, *what: object) -> None:
        self.told.append(" ".join(map(str, what)))

    def settle(self) -> None:
        """No more faults: some passes, until nothing is left to do."""
        self.desk.sandbox.state.faults.clear()
        for _ in range(8):
            self.sync(26 * 60 if self.resting() else 10)
            if not [state for _kind, state, _code in self.desk.steps() if state in ("planned", "sending", "unknown")]:
                break
        self.sync(10)

    def resting(self) -> bool:
        """Whether a customer that refused is left in peace for some hours."""
        return db.session.query(TicketWatch).filter(TicketWatch.next_at > now()).count() > 0

    def nothing_closed_too_early(self) -> None:
        """Kontor completed no ticket on which somebody works, and none that has an open alert."""
        still = set(self.desk.sandbox.state.sophos.alerts)
        rows = {row.autotask_id: row for row in self.desk.rows()}
        for ticket in self.desk.tickets():
            if ticket["status"] != COMPLETE or ticket.get("completedByResourceID") != API_RESOURCE:
                continue
            assert not ticket.get("assignedResourceID"), self.story()
            assert "I am on it." not in self.desk.notes(ticket["id"]), self.story()
            row = rows[ticket["id"]]
            if row.state == TicketState.COMPLETED:
                left = {each.id for each in row.alerts if each.state == AlertState.TICKETED and each.id in still}
                assert all(self.is_over(alert_id) for alert_id in left), self.story()
        db.session.commit()

    def is_over(self, alert_id: str) -> bool:
        """Whether a recovery of the alert was raised since."""
        down = as_alert(self.desk.row(alert_id))
        return any(recovers(as_alert(row), down) for row in db.session.query(AlertRow) if is_recovery(row.type))

    def books_are_right(self) -> None:
        tickets = self.desk.tickets()
        keys = Counter(ticket["externalID"] for ticket in tickets)
        assert max(keys.values(), default=0) <= 1, self.story()
        troubles = Counter(
            (row.customer_id, row.trouble) for row in self.desk.rows() if row.state in ("open", "opening", "failed")
        )
        assert max(troubles.values(), default=0) <= 1, self.story()
        repeat = ticket_text.note_title("repeat", "en")
        texts = [ticket["description"] for ticket in tickets]
        notes = [note["description"] for note in self.desk.sandbox.state.notes() if note["title"] == repeat]
        still = set(self.desk.sandbox.state.sophos.alerts)
        for row in db.session.query(AlertRow).all():
            made, noted = sum(row.id in text for text in texts), sum(row.id in text for text in notes)
            assert made + noted <= 1, self.story(row.id)
            if row.id in self.began:
                assert made + noted == 0, self.story(row.id)
            elif row.id in still and not is_recovery(row.type) and row.gone_at is None:
                assert row.ticket is not None, self.story(row.id)
                assert row.ticket.state == TicketState.DELETED or made + noted == 1, self.story(row.id)
        assert {row.id for row in db.session.query(AlertRow)} >= still, self.story()

    def story(self, about: str = "") -> str:
        return "\n".join([about, *self.told])


@pytest.mark.parametrize("seed", SEEDS)
def test_no_alert_is_lost_or_told_twice_whatever_happens(desk: Desk, set_clock: SetClock, seed: int) -> None:
    machine = Machine(desk, set_clock, random.Random(seed))
    desk.open(BAKERY, SHIPPING, begun=False)
    preferences.put(name="ticket_reopen", value=["reopen", "new"][seed % 2], by="test")
    db.session.commit()
    machine.alarm()
    machine.alarm()
    machine.began = set(desk.sandbox.state.sophos.alerts)
    machine.sync(1)
    began = time.monotonic()
    while time.monotonic() - began < 12 and len(machine.told) < 150:
        machine.step()
    machine.settle()
    machine.books_are_right()
