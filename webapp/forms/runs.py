"""What may be sent to start a run."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.domain import RunKind


class StartForm(FlaskForm):
    """``back``: the own page to return to. The chosen customers are the repeated field ``customer``, or those of the run
    ``like``; none means all."""

    kind = SelectField(
        choices=[SelectChoice(kind.value) for kind in (RunKind.USAGE, RunKind.REFRESH)], default=RunKind.USAGE.value
    )
    back = StringField(default="")
    like = IntegerField(validators=[Optional()])
