"""What may be sent to settle something for one contract. ``back``: the own page to return to."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField

from webapp.errors import Refused
from webapp.forms.customers import number_in


class DecisionForm(FlaskForm):
    back = StringField(default="")


class BillingForm(DecisionForm):
    """``billing`` empty: as the installation."""

    billing = StringField(default="")


class LeftOutForm(DecisionForm):
    """``answer`` is out or in."""

    customer = StringField(default="")
    answer = StringField(default="")
    reason = StringField(default="")


class LineForm(DecisionForm):
    """``line`` is the id of a contract service. ``decision`` is overwrite, keep, or empty to take the answer back."""

    line = StringField(default="")
    decision = StringField(default="")

    @property
    def line_id(self) -> int:
        """Raises Refused(id_invalid) for anything but a number."""
        found = number_in(self.line.data, "line")
        if found is None:
            raise Refused("id_invalid", "line", value=self.line.data or "")
        return found


class ChoiceForm(DecisionForm):
    """``line`` empty: no choice."""

    customer = StringField(default="")
    product = StringField(default="")
    line = StringField(default="")

    @property
    def line_id(self) -> int | None:
        return number_in(self.line.data, "line")
