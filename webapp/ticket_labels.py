"""The states of alerts, tickets and steps in the reader's words, for pages and the command line. A value of which nothing is
known is its own word: severities and the like are open lists."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from webapp.alerts import StepState
from webapp.codes import tickets

_NOT_YET = (StepState.PLANNED, StepState.SENDING, StepState.UNKNOWN, StepState.FAILED, StepState.DROPPED)


def ticket(state: str) -> str:
    return _word(tickets.TICKET_STATES, state)


def alert(state: str) -> str:
    return _word(tickets.ALERT_STATES, state)


def gone(how: str | None) -> str:
    """How an alert ended; empty for one that has not."""
    return _word(tickets.GONE, how or "")


def severity(name: str) -> str:
    return _word(tickets.SEVERITIES, name)


def step(kind: str, state: str) -> str:
    """What a step did, or, as long as it did not, what it is about."""
    known = tickets.STEPS_TO_DO if state in _NOT_YET and kind in tickets.STEPS_TO_DO else tickets.STEPS
    return _word(known, kind)


def step_state(state: str) -> str:
    return _word(tickets.STEP_STATES, state)


def note(what: str) -> str:
    return _word(tickets.NOTES, what)


def action(name: str) -> str:
    """What a run did or would do."""
    return _word({**tickets.ALERT_STATES, **tickets.STEPS, **tickets.ACTIONS}, name)


def outcome(state: str) -> str:
    """How it ended: the state of a step, of a ticket or of an alert."""
    return _word({**tickets.ALERT_STATES, **tickets.TICKET_STATES, **tickets.STEP_STATES}, state)


def _word(known: Mapping[str, str], name: str) -> str:
    return gettext(known[name]) if name in known else name
