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
from webapp.services import sync_settings

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
    page = render_template("settings/edit.html", form=form, settings=sync_settings.shown(), ways=sync_settings.ways())
    return page, 422 if form.errors else 200
