"""Sync settings: one field for each setting; what a setting may be is said in webapp/services/preferences.py alone."""

from __future__ import annotations

from flask_babel import lazy_gettext, lazy_pgettext
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from webapp.forms.allowed import allowed
from webapp.forms.ticket_settings import TicketSettings
from webapp.languages import LANGUAGES
from webapp.services.preferences import PREFERENCES

WAYS = [
    SelectChoice("daily", lazy_pgettext("billing", "Daily")),
    SelectChoice("monthly", lazy_pgettext("billing", "Monthly")),
    SelectChoice("arrears", lazy_pgettext("billing", "In arrears")),
]
BILLING_DAYS = [
    SelectChoice("last", lazy_gettext("last day of the month")),
    *(SelectChoice(str(day), f"{day}.") for day in range(1, 32)),
]
"""Beyond the end of a shorter month, its last day counts."""


class PreferencesForm(TicketSettings):
    billing = RadioField(lazy_gettext("How do you bill?"), [allowed], choices=WAYS, validate_choice=False)
    billing_day = SelectField(lazy_gettext("Billing day"), [allowed], choices=BILLING_DAYS, validate_choice=False)
    close_from_day = StringField(lazy_gettext("First day of the close"), [allowed])
    close_until_day = StringField(lazy_gettext("Last day of the close"), [allowed])
    sync_time = StringField(lazy_gettext("Time of day"), [allowed])
    mode = RadioField(
        lazy_gettext("Mode"),
        [allowed],
        choices=[
            SelectChoice("observe", lazy_gettext("Observe")),
            SelectChoice("automatic", lazy_gettext("Automatic")),
            SelectChoice("approve", lazy_gettext("Approve")),
            SelectChoice("paused", lazy_gettext("Paused")),
        ],
        validate_choice=False,
    )
    hold_increase_percent = StringField(lazy_gettext("Hold an increase of more than, percent"), [allowed])
    hold_increase_units = StringField(lazy_gettext("Hold an increase of more than, licences"), [allowed])
    hold_decrease_percent = StringField(lazy_gettext("Hold a decrease of more than, percent"), [allowed])
    hold_decrease_units = StringField(lazy_gettext("Hold a decrease of more than, licences"), [allowed])
    run_stop_percent = StringField(lazy_gettext("Hold the whole run when all units fall by more than, percent"), [allowed])
    on_drift = RadioField(
        lazy_gettext("Units changed in Autotask since the last sync"),
        [allowed],
        choices=[
            SelectChoice("hold", lazy_gettext("Hold the change")),
            SelectChoice("overwrite", lazy_gettext("Go by the usage")),
        ],
        validate_choice=False,
    )
    read_max_age_minutes = StringField(lazy_gettext("Read units again when they are older than"), [allowed])
    budget_share_percent = StringField(lazy_gettext("Stop at"), [allowed])
    language = SelectField(
        lazy_gettext("Language of the installation"),
        [allowed],
        choices=[SelectChoice(*each) for each in LANGUAGES.items()],
        validate_choice=False,
    )

    def values(self) -> dict[str, str]:
        """The settings as they were typed, by name."""
        return {name: self[name].data or "" for name in PREFERENCES if name in self}
