"""What is sent about tickets: why one is given up, and whose alerts become tickets."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField


class GiveUpForm(FlaskForm):
    reason = StringField(lazy_gettext("Reason"), default="")


class CreateShownForm(FlaskForm):
    """``customer``: the id of one customer, empty for all."""

    customer = StringField(default="")
