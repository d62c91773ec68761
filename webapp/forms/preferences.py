"""Sync settings: one field for each setting; what a setting may be is said in webapp/services/preferences.py alone."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from webapp.languages import LANGUAGES
from webapp.services.preferences import PREFERENCES


def allowed(_form: FlaskForm, field: Field) -> None:
    """The value passes the check of the setting of the same name."""
    preference = PREFERENCES[field.name]
    if preference.check((field.data or "").strip()) is None:
        raise ValidationError(gettext("Allowed: %(expected)s.", expected=gettext(preference.expected)))


class PreferencesForm(FlaskForm):
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
