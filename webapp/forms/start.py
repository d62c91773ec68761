"""What Start synchronising asks."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from webapp.domain import Mode
from webapp.forms.preferences import BILLING_DAYS, WAYS


class StartForm(FlaskForm):
    """How the MSP bills, what happens to changes, and that nobody else bills the same contracts."""

    billing = RadioField(lazy_gettext("How do you bill?"), choices=WAYS, default="daily")
    billing_day = SelectField(lazy_gettext("Billing day"), choices=BILLING_DAYS, default="last")
    mode = RadioField(
        lazy_gettext("What happens to a change?"),
        choices=[
            SelectChoice(Mode.AUTOMATIC.value, lazy_gettext("Automatic: post what is within the limits, hold the rest")),
            SelectChoice(Mode.APPROVE.value, lazy_gettext("Approve: hold every change")),
        ],
        default=Mode.AUTOMATIC.value,
    )
    others_are_off = BooleanField(
        lazy_gettext("Sophos’ own usage sync and every other billing integration for these contracts is switched off")
    )

    def answers(self) -> dict[str, Any]:
        """What was answered, for ``starting.start``."""
        return {
            "mode": Mode(self.mode.data),
            "billing": self.billing.data,
            "billing_day": self.billing_day.data,
            "others_are_off": self.others_are_off.data,
        }
