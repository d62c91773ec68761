"""What a service refused, shown at the field it belongs to."""

from __future__ import annotations

from flask_wtf import FlaskForm

from webapp import texts
from webapp.errors import Refused
from webapp.extensions import db


def show_refusal(form: FlaskForm, error: Refused) -> None:
    """Put the sentence of ``error`` at its field, or at the first one; nothing of the transaction is kept."""
    db.session.rollback()
    field = form[error.field] if error.field in form else next(iter(form))
    field.errors = [*field.errors, texts.sentence(error.code, error.params)]
