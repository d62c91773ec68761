"""Signing in and out, and the one-time link that makes the first user."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user

from webapp import texts
from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.forms.auth import LoginForm, SetupForm
from webapp.forms.refusals import show_refusal
from webapp.guards import guard, open_to_all
from webapp.own_paths import own_path
from webapp.services import sign_in, users

bp = Blueprint("auth", __name__)


@bp.route("/login", methods=["GET", "POST"])
@open_to_all
def login() -> ResponseReturnValue:
    form = LoginForm(next=request.args.get("next"))
    if request.method == "GET":
        return redirect("/") if current_user.is_authenticated else render_template("auth/login.html", form=form)
    if form.validate():
        try:
            _enter(sign_in.sign_in(name=form.name.data or "", password=form.password.data or ""))
            return redirect(own_path(form.next.data), code=303)
        except Refused as error:
            return render_template("auth/login.html", form=form, refused=texts.sentence(error.code, error.params)), 422
    return render_template("auth/login.html", form=form), 422


@bp.post("/logout")
@guard(Role.VIEWER)
def logout() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"), code=303)


@bp.route("/setup/<token>", methods=["GET", "POST"])
@open_to_all
def setup(token: str) -> ResponseReturnValue:
    if not users.setup_link_is_good(token):
        abort(404)
    form = SetupForm()
    if form.validate_on_submit():
        try:
            user = users.use_setup_link(token=token, name=form.name.data or "", password=form.password.data or "")
            db.session.commit()
            _enter(user)
            return redirect("/", code=303)
        except Refused as error:
            show_refusal(form, error)
    return render_template("auth/setup.html", form=form), 422 if form.errors else 200


def _enter(user: UserMixin) -> None:
    """Begin a new session: nothing that was in the browser before the sign-in goes on."""
    session.clear()
    login_user(user)
