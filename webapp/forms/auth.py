"""Signing in and making the first user."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from webapp.services.passwords import LONGEST
from webapp.services.users import LEAST_PASSWORD


class LoginForm(FlaskForm):
    name = StringField(lazy_gettext("User name"), [DataRequired(lazy_gettext("Enter your user name.")), Length(max=100)])
    password = PasswordField(lazy_gettext("Password"), [DataRequired(lazy_gettext("Enter your password.")), Length(max=LONGEST)])
    next = HiddenField()


class SetupForm(FlaskForm):
    name = StringField(lazy_gettext("User name"), [DataRequired(lazy_gettext("Enter a user name.")), Length(max=100)])
    password = PasswordField(
        lazy_gettext("Password"),
        [
            DataRequired(lazy_gettext("Enter a password.")),
            Length(LEAST_PASSWORD, LONGEST, lazy_gettext("A password has 10 characters or more.")),
        ],
    )
    again = PasswordField(
        lazy_gettext("Password again"), [EqualTo("password", lazy_gettext("The two passwords are not the same."))]
    )
