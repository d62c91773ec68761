"""What the Connection page may send. The secrets are asked for each time and never filled in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

_REQUIRED = [InputRequired(_l("Fill in this field.")), Length(max=500)]


class SophosForm(FlaskForm):
    """An API credential of Sophos Central Partner."""

    client_id = StringField(_l("Client ID"), _REQUIRED, id="sophos-client-id")
    client_secret = PasswordField(_l("Client secret"), _REQUIRED, id="sophos-client-secret")


class AutotaskForm(FlaskForm):
    """The API user with its tracking identifier."""

    username = StringField(_l("User name (key)"), _REQUIRED, id="autotask-username")
    secret = PasswordField(_l("Password (secret)"), _REQUIRED, id="autotask-secret")
    integration_code = PasswordField(_l("Tracking identifier (integration code)"), _REQUIRED, id="autotask-integration-code")
