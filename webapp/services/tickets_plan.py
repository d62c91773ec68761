"""PURE: what becomes of the open alerts of one customer, and when a ticket's trouble is over (design, sections 7.3 and 13, 26).

In go the open alerts, what is known of them, the rules and the tickets; out comes a verdict for each alert that needs one. The
run, "Try the rules" and the tests share it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.alerts import Action, Alert, AlertState, Gone
from webapp.services.recoveries import is_recovery, recovers
from webapp.services.ticket_rules import Rule, first_match

HOUR = timedelta(hours=1)
EXPIRES_AFTER = timedelta(days=89)
"""Sophos keeps alerts 90 days (reference/sophos-api.md, section 6.2); one that vanishes at this age may just have expired."""
UNDECIDED = frozenset({AlertState.UNMAPPED, AlertState.WAITING, AlertState.PLANNED})
"""States in which an alert is looked at again in the next pass; every other one is final."""


class What(StrEnum):
    """What is to be done with an alert."""

    CREATE = "create"
    NOTE = "note"  # a repeat of a trouble that has a ticket
    REOPEN = "reopen"  # the trouble is back soon after its ticket was completed
    GATHER = "gather"  # one of many: into the ticket of the burst
    SHOW = "show"
    WAIT = "wait"
    PLAN = "plan"  # would be a ticket, but Kontor may not make any yet
    IGNORE = "ignore"
    ACKNOWLEDGE = "acknowledge"
    RECOVERY = "recovery"
    OVER = "over"
    UNMAPPED = "unmapped"


@dataclass(frozen=True)
class Known:
    """An alert seen before: what became of it, its ticket (Kontor's id), and whether it counts as over already."""

    state: AlertState
    first_seen_at: datetime
    ticket_id: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Situation:
    """All that the verdicts depend on besides the alerts.

    ``mapped``: the customer has a company and ticket sync on. ``first_pass``: nothing was read since it was switched on;
    ``also_open``: what is open then gets tickets all the same. ``may_post``: Kontor is started, and queue, priority and source
    are chosen. ``holding``: trouble -> ticket that is open (or being opened) for it; ``past``: trouble -> ticket completed last,
    with the moment; ``burst_ticket``: the open ticket that gathers this customer's burst. ``recent``: when the alerts were raised
    that got tickets of their own lately.
    """

    now: datetime
    rules: Sequence[Rule]
    mapped: bool = True
    first_pass: bool = False
    also_open: bool = False
    may_post: bool = True
    known: Mapping[str, Known] = field(default_factory=dict)
    holding: Mapping[str, int] = field(default_factory=dict)
    past: Mapping[str, tuple[int, datetime]] = field(default_factory=dict)
    burst_ticket: int | None = None
    recent: Sequence[datetime] = ()
    burst: int = 20
    reopen: bool = True
    reopen_days: int = 3


@dataclass(frozen=True)
class Verdict:
    """What becomes of one alert. ``ticket_id`` is Kontor's id of the ticket meant (NOTE, REOPEN, GATHER); without one, ``leader``
    is the alert of the same pass whose new ticket it joins. ``due_at``: the end of a WAIT. ``recovered_by``: who says so."""

    alert: Alert
    what: What
    trouble: str
    rule: Rule | None = None
    ticket_id: int | None = None
    leader: str | None = None
    due_at: datetime | None = None
    recovered_by: str | None = None


@dataclass(frozen=True)
class Recovery:
    """The trouble of ``down``, which has a ticket, is over: ``up`` says so."""

    up: Alert
    down: Alert
    ticket_id: int


@dataclass(frozen=True)
class Plan:
    """The verdicts, oldest alert first, and the recoveries of troubles that have tickets."""

    verdicts: tuple[Verdict, ...]
    recoveries: tuple[Recovery, ...]


def trouble_of(alert: Alert) -> str:
    """A hash of what makes two alerts of a customer the same trouble: Sophos' group key; without one, type and device; without
    those the alert itself."""
    if alert.group_key:
        return _hash("group", alert.group_key)
    if alert.type or alert.device_id:
        return _hash("type", alert.type, alert.device_id)
    return _hash("alert", alert.id)


def burst_trouble() -> str:
    """What stands for the burst of a customer: it has at most one open ticket too."""
    return _hash("burst")


def ticket_key(customer_id: str, trouble: str, first_alert_id: str) -> str:
    """What stands in the ticket's ``externalID`` (at most 50 characters): the same for the same occurrence, always."""
    return f"sophos:{_hash(customer_id, trouble, first_alert_id)[:40]}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def decide(alerts: Iterable[Alert], situation: Situation) -> Plan:
    """The verdicts on the open alerts of one customer. Alerts decided before get none; nothing here depends on their order."""
    ordered = sorted({alert.id: alert for alert in alerts}.values(), key=lambda alert: (alert.raised_at, alert.id))
    ups = [alert for alert in ordered if is_recovery(alert.type)]
    recoveries = tuple(_recoveries(ordered, ups, situation))
    verdicts = [_verdict(alert, ups, situation) for alert in ordered if _undecided(alert, situation)]
    return Plan(tuple(_placed(verdicts, situation)), recoveries)


def _undecided(alert: Alert, situation: Situation) -> bool:
    known = situation.known.get(alert.id)
    return known is None or (known.ticket_id is None and not known.gone and known.state in UNDECIDED)


def _recoveries(alerts: Iterable[Alert], ups: Sequence[Alert], situation: Situation) -> Iterator[Recovery]:
    if not situation.mapped:
        return
    for alert in alerts:
        known = situation.known.get(alert.id)
        if known is None or known.ticket_id is None or known.gone or known.state is not AlertState.TICKETED:
            continue
        up = next((up for up in ups if recovers(up, alert)), None)
        if up is not None:
            yield Recovery(up, alert, known.ticket_id)


def _verdict(alert: Alert, ups: Sequence[Alert], situation: Situation) -> Verdict:
    """The verdict on one alert by itself; CREATE is placed among the others afterwards."""
    trouble = trouble_of(alert)
    if not situation.mapped:
        return Verdict(alert, What.UNMAPPED, trouble)
    if is_recovery(alert.type):
        return Verdict(alert, What.RECOVERY, trouble)
    known = situation.known.get(alert.id)
    chosen = known is not None and known.state is AlertState.WAITING  # a person, or a pass before, has let it in already
    if situation.first_pass and not situation.also_open and not chosen:
        return Verdict(alert, What.SHOW, trouble)
    up = next((up for up in ups if recovers(up, alert)), None)
    if up is not None:
        return Verdict(alert, What.OVER, trouble, recovered_by=up.id)
    return _by_rule(alert, trouble, known, situation)


def _by_rule(alert: Alert, trouble: str, known: Known | None, situation: Situation) -> Verdict:
    rule = first_match(situation.rules, alert)
    if rule is None or rule.action is Action.IGNORE:
        return Verdict(alert, What.IGNORE, trouble, rule)
    if rule.action is Action.ACKNOWLEDGE:
        return Verdict(alert, What.ACKNOWLEDGE if situation.may_post else What.PLAN, trouble, rule)
    seen = known.first_seen_at if known else situation.now
    due = min(alert.raised_at, seen) + timedelta(minutes=rule.delay_minutes)
    if due > situation.now and trouble not in situation.holding:
        return Verdict(alert, What.WAIT, trouble, rule, due_at=due)
    return Verdict(alert, What.CREATE if situation.may_post else What.PLAN, trouble, rule)


def _placed(verdicts: Sequence[Verdict], situation: Situation) -> Iterator[Verdict]:
    """Each CREATE joined to the ticket that its trouble has, had lately, or gets in this pass; a burst into one ticket."""
    alone: list[Verdict] = []
    leaders: dict[str, str] = {}
    for verdict in verdicts:
        if verdict.what is not What.CREATE or verdict.trouble in situation.holding or _reopens(verdict, situation):
            continue
        if verdict.trouble not in leaders:
            leaders[verdict.trouble] = verdict.alert.id
            alone.append(verdict)
    gathered = _burst(alone, situation)
    reopened: set[str] = set()
    first_of_burst = next((verdict.alert.id for verdict in alone if verdict.trouble in gathered), None)
    for verdict in verdicts:
        yield _place(verdict, situation, leaders, gathered, first_of_burst, reopened) if verdict.what is What.CREATE else verdict


def _place(
    verdict: Verdict,
    situation: Situation,
    leaders: Mapping[str, str],
    gathered: frozenset[str],
    first_of_burst: str | None,
    reopened: set[str],
) -> Verdict:
    trouble = verdict.trouble
    if trouble in situation.holding:
        return _as(verdict, What.NOTE, ticket_id=situation.holding[trouble])
    if _reopens(verdict, situation):
        what = What.NOTE if trouble in reopened else What.REOPEN
        reopened.add(trouble)
        return _as(verdict, what, ticket_id=situation.past[trouble][0])
    if trouble in gathered:
        return _as(verdict, What.GATHER, ticket_id=situation.burst_ticket, leader=first_of_burst)
    if leaders[trouble] != verdict.alert.id:
        return _as(verdict, What.NOTE, leader=leaders[trouble])
    return verdict


def _as(verdict: Verdict, what: What, *, ticket_id: int | None = None, leader: str | None = None) -> Verdict:
    return Verdict(verdict.alert, what, verdict.trouble, verdict.rule, ticket_id, leader if ticket_id is None else None)


def _reopens(verdict: Verdict, situation: Situation) -> bool:
    past = situation.past.get(verdict.trouble)
    return situation.reopen and past is not None and situation.now - past[1] <= timedelta(days=situation.reopen_days)


def _burst(alone: Sequence[Verdict], situation: Situation) -> frozenset[str]:
    """The troubles among ``alone`` that were raised within an hour in which more than ``burst`` came, tickets made lately
    included."""
    times = sorted([*situation.recent, *(verdict.alert.raised_at for verdict in alone)])
    hours: list[tuple[datetime, datetime]] = []
    begin = 0
    for end, moment in enumerate(times):
        while moment - times[begin] >= HOUR:
            begin += 1
        if end - begin + 1 > situation.burst:
            hours.append((times[begin], moment))
    return frozenset(
        verdict.trouble for verdict in alone if any(first <= verdict.alert.raised_at <= last for first, last in hours)
    )


def how_gone(alert_raised_at: datetime, now: datetime) -> Gone:
    """Why an alert that Sophos no longer has (404) is gone, by its age."""
    return Gone.EXPIRED if now - alert_raised_at >= EXPIRES_AFTER else Gone.VANISHED


def trouble_over(gone: Iterable[Gone | None]) -> Gone | None:
    """Whether the trouble of a ticket is over, by what became of its alerts, and how: None while one of them is open. One that
    expired proves nothing, so it decides over the others."""
    ends = list(gone)
    if not ends or any(end is None for end in ends):
        return None
    for decisive in (Gone.EXPIRED, Gone.RECOVERED):
        if decisive in ends:
            return decisive
    return Gone.VANISHED


def may_complete(how: Gone, *, assigned: bool, written: bool) -> bool:
    """Whether Kontor completes a ticket whose trouble is over: not where a technician is assigned or has written on it, and not
    on the strength of an alert that may just have expired."""
    return how is not Gone.EXPIRED and not assigned and not written
