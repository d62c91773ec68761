"""What may be sent to start a run."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.domain import Month, RunKind
from webapp.errors import Refused


class StartForm(FlaskForm):
    """``back``: the own page to return to. The chosen customers are the repeated field ``customer``, or those of the run
    ``like``; none means all."""

    kind = SelectField(
        choices=[SelectChoice(kind.value) for kind in (RunKind.USAGE, RunKind.REFRESH)], default=RunKind.USAGE.value
    )
    back = StringField(default="")
    like = IntegerField(validators=[Optional()])


class CloseForm(FlaskForm):
    """``month``: which month is to be closed, as YYYY-MM."""

    month = StringField(default="")

    @property
    def chosen(self) -> Month:
        """The month; Refused for anything that is none."""
        try:
            return Month.parse(self.month.data or "")
        except ValueError:
            raise Refused("month_invalid", "month", month=self.month.data or "") from None
