"""The states in the reader's words, for files and the command line; templates/_macros/status.html has the same words."""

from __future__ import annotations

from flask_babel import lazy_gettext

from webapp.domain import LineState, ResultState

LINES = {
    LineState.IN_STEP: lazy_gettext("In step"),
    LineState.LOWER_SO_FAR: lazy_gettext("Lower so far"),
    LineState.PLANNED: lazy_gettext("Planned"),
    LineState.HELD: lazy_gettext("Held"),
    LineState.DEFERRED: lazy_gettext("Deferred"),
    LineState.POSTING: lazy_gettext("Posting"),
    LineState.CONFIRMED: lazy_gettext("Confirmed"),
    LineState.NOT_APPLIED: lazy_gettext("Not applied"),
    LineState.REJECTED: lazy_gettext("Rejected"),
    LineState.UNKNOWN: lazy_gettext("Unknown"),
    LineState.CONFLICT: lazy_gettext("Conflict"),
    LineState.BLOCKED: lazy_gettext("Blocked"),
    LineState.DISMISSED: lazy_gettext("Dismissed"),
    LineState.SUPERSEDED: lazy_gettext("Superseded"),
}
RESULTS = {
    ResultState.SUCCEEDED: lazy_gettext("Successful"),
    ResultState.FAILED: lazy_gettext("Failed"),
    ResultState.SKIPPED: lazy_gettext("Left out"),
}


def line(state: str) -> str:
    """The word of a LineState; a state of which nothing is known is its own word."""
    return str(LINES.get(LineState(state), state)) if state in tuple(LineState) else state


def result(state: str) -> str:
    """The word of a ResultState; a state of which nothing is known is its own word."""
    return str(RESULTS.get(ResultState(state), state)) if state in tuple(ResultState) else state
