"""What may be sent to start a run."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from webapp.domain import RunKind


class StartForm(FlaskForm):
    """``back``: the own page to return to. The chosen customers are the repeated field ``customer``; none means all."""

    kind = SelectField(choices=[(RunKind.USAGE.value, ""), (RunKind.REFRESH.value, "")], default=RunKind.USAGE.value)
    back = StringField(default="")


def own_path(text: str | None) -> str | None:
    """``text`` if it is a path of this very site, else None: nobody is led elsewhere."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text and "\r" not in text:
        return text
    return None
