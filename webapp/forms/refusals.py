"""What a service refused, shown at the field it belongs to."""

from __future__ import annotations

from flask_wtf import FlaskForm

from webapp import texts
from webapp.errors import Refused
from webapp.extensions import db


def show_refusal(form: FlaskForm, error: Refused, *, at: str | None = None) -> None:
    """Put the sentence of ``error`` at its field, else at the one named ``at``, else at the first; nothing of the transaction is
    kept."""
    db.session.rollback()
    names = [name for name in (error.field, at) if name in form]
    field = form[names[0]] if names else next(iter(form))
    field.errors = [*field.errors, texts.sentence(error.code, error.params)]
