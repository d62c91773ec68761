"""A field of the sync settings holds what its setting may be; that is said in webapp/services/preferences.py alone."""

from __future__ import annotations

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import ValidationError

from webapp import texts
from webapp.errors import Refused
from webapp.services import preferences


def allowed(_form: FlaskForm, field: Field) -> None:
    """The value passes the check of the setting of the same name."""
    try:
        preferences.normal(name=field.name, value=field.data or "")
    except Refused as error:
        if error.code == "setting_invalid":
            expected = preferences.PREFERENCES[field.name].expected
            raise ValidationError(gettext("Allowed: %(expected)s.", expected=gettext(expected))) from None
        said = f"{texts.sentence(error.code, error.params)} {texts.advice(error.code, error.params)}"
        raise ValidationError(said.strip()) from None
