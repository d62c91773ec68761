"""Sync settings: they hold for the whole installation."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.preferences import PreferencesForm
from webapp.forms.refusals import show_refusal
from webapp.guards import guard
from webapp.htmx import wants_fragment
from webapp.services import sync_settings, ticket_choices
from webapp.services import ticket_preview as previews
from webapp.services.ticket_preview import TicketPreview

TEMPLATES = ("ticket_title", "ticket_text", "ticket_language")

bp = Blueprint("preferences", __name__, url_prefix="/psa/settings")


@bp.route("", methods=["GET", "POST"])
@guard(Role.ADMIN)
def edit() -> ResponseReturnValue:
    form = PreferencesForm(data=sync_settings.shown().values)
    if form.validate_on_submit():
        try:
            changed = sync_settings.save(values=form.values(), by=current_user.actor)
            db.session.commit()
            flash(gettext("Saved.") if changed else gettext("Nothing was different."))
            return redirect(url_for("preferences.edit"), code=303)
        except Refused as error:
            show_refusal(form, error)
    return _page(form)


@bp.post("/ticket-preview")
@guard(Role.ADMIN)
def ticket_preview() -> ResponseReturnValue:
    """What a ticket would say with the templates that were typed; nothing is kept."""
    form = PreferencesForm()
    good = all([form[name].validate(form) for name in TEMPLATES])
    shown = _preview(form) if good else None
    if wants_fragment():
        return render_template("settings/_ticket_texts.html", form=form, preview=shown), 200 if good else 422
    return _page(form, shown)


def _page(form: PreferencesForm, preview: TicketPreview | None = None) -> ResponseReturnValue:
    shown, mirror = sync_settings.shown(), ticket_choices.read_at()
    values = {"settings": shown, "ways": sync_settings.ways(), "preview": preview, "choices_read_at": mirror}
    return render_template("settings/edit.html", form=form, **values), 422 if form.errors else 200


def _preview(form: PreferencesForm) -> TicketPreview:
    title, text, language = (form[name].data or "" for name in TEMPLATES)
    return previews.preview(title=title, text=text, language=language)
