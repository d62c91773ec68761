"""What Start synchronising asks."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from webapp.domain import Mode


class StartForm(FlaskForm):
    """How the MSP bills, what happens to changes, and that nobody else bills the same contracts."""

    billing = RadioField(
        lazy_gettext("How do you bill?"), choices=[SelectChoice("daily", lazy_gettext("Daily"))], default="daily"
    )
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
