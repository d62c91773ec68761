"""What may be sent to the billing check."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length

from webapp.services.sign_offs import LONGEST_NOTE


class MonthForm(FlaskForm):
    """``month`` as YYYY-MM."""

    month = StringField(default="")


class SignForm(FlaskForm):
    """``seal`` is that of the check which the page showed; ``confirmed`` that the signer knows what is open."""

    month = StringField(default="")
    seal = StringField(default="")
    note = TextAreaField(lazy_gettext("Note"), [Length(max=LONGEST_NOTE)])
    confirmed = BooleanField(lazy_gettext("I sign although the check is not clean"))

    def values(self) -> dict[str, Any]:
        """What was sent, for the service."""
        return {"note": self.note.data or "", "seal": self.seal.data or "", "confirmed": bool(self.confirmed.data)}
