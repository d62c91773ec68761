"""Why an alert, a ticket or a step is as it is: a key of the catalogue with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.alerts import AlertState, StepState
from webapp.codes import CATALOGUE
from webapp.domain import Reason
from webapp.models import AlertRow, TicketStep

OF_ALERT = {
    AlertState.UNMAPPED: "alert_unmapped",
    AlertState.SHOWN: "alert_shown",
    AlertState.WAITING: "alert_waiting",
    AlertState.PLANNED: "alert_planned",
    AlertState.IGNORED: "alert_ignored",
    AlertState.ACKNOWLEDGED: "alert_acknowledged",
    AlertState.RECOVERY: "alert_recovery",
    AlertState.OVER: "alert_over",
}
OF_STEP = {
    StepState.PLANNED: "step_not_sent",
    StepState.SENDING: "step_unknown",
    StepState.UNKNOWN: "step_unknown",
}


def known(code: str | None, params: Mapping[str, Any] | None = None) -> Reason | None:
    """The reason with this key; None without one, and for a key that the catalogue does not have."""
    return Reason(code, dict(params or {})) if code in CATALOGUE else None


def of_alert(alert: AlertRow) -> Reason | None:
    """Why an alert has no ticket. Asks the database nothing but the customer's name."""
    until = alert.due_at.isoformat() if alert.due_at else None
    params = {"until": until, "customer": alert.customer.shown_name}
    return known(alert.code, params) or known(OF_ALERT.get(AlertState(alert.state)), params) if _is_known(alert) else None


def of_step(step: TicketStep) -> Reason | None:
    """Why a step failed, or why it is not done yet."""
    return known(step.code, step.params) or known(OF_STEP.get(StepState(step.state)))


def _is_known(alert: AlertRow) -> bool:
    return alert.state in tuple(AlertState)
