"""Users, passwords and the one-time link, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.domain import Role
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, SetupLink, User
from webapp.services import sign_in, users

PASSWORD = "correct horse battery"


def _add(name: str = "Vera", password: str = PASSWORD, role: str = Role.VIEWER) -> User:
    user = users.add(name=name, password=password, role=role, by="cli:kontor@box")
    db.session.commit()
    return user


def test_a_password_is_kept_as_an_argon2_hash_and_nowhere_in_the_audit_log(context: Flask) -> None:
    user = _add()
    assert user.password_hash.startswith("$argon2id$")
    entry = db.session.query(AuditEntry).one()
    assert (entry.action, entry.after) == ("user_add", {"role": "viewer"})


@pytest.mark.parametrize(
    ("name", "password", "role", "code"),
    [
        ("", PASSWORD, "viewer", "user_name_invalid"),
        ("a" * 101, PASSWORD, "viewer", "user_name_invalid"),
        ("tab\there", PASSWORD, "viewer", "user_name_invalid"),
        ("Eve", "nine char", "viewer", "password_short"),
        ("Eve", "x" * 501, "viewer", "password_long"),
        ("Eve", PASSWORD, "owner", "role_invalid"),
        ("Vera", PASSWORD, "viewer", "user_exists"),
    ],
)
def test_what_does_not_fit_is_refused(context: Flask, name: str, password: str, role: str, code: str) -> None:
    _add()
    with pytest.raises(Refused) as refused:
        _add(name, password, role)
    assert refused.value.code == code
    db.session.rollback()
    assert db.session.query(User).count() == 1


def test_a_reset_gives_a_new_password_and_ends_every_session(context: Flask) -> None:
    session = _add().get_id()
    users.reset(name="Vera", password="another long password", role=Role.ADMIN, by="cli:kontor@box")
    db.session.commit()
    assert users.of_session(session) is None
    user = sign_in.sign_in(name="Vera", password="another long password")
    assert user.role == "admin"
    assert users.of_session(user.get_id()) == user


def test_a_reset_of_nobody_is_refused(context: Flask) -> None:
    with pytest.raises(Refused, match="user_unknown"):
        users.reset(name="Nobody", password=PASSWORD, role=Role.VIEWER, by="cli:kontor@box")


@pytest.mark.parametrize("session", ["", "1", "x:1", "999:1", "1:", "²:1"])
def test_a_session_that_was_never_given_is_nobody_s(context: Flask, session: str) -> None:
    assert users.of_session(session) is None


def test_failures_of_one_account_do_not_hold_up_another(context: Flask) -> None:
    _add()
    _add("Oskar")
    for _ in range(sign_in.TRIES):
        with pytest.raises(Refused, match="sign_in_refused"):
            sign_in.sign_in(name="Oskar", password="wrong password")
    with pytest.raises(Refused, match="sign_in_wait"):
        sign_in.sign_in(name="Oskar", password=PASSWORD)
    assert sign_in.sign_in(name="Vera", password=PASSWORD).name == "Vera"


def test_a_newer_link_ends_the_older_ones_and_its_token_is_not_kept(context: Flask) -> None:
    first, second = users.make_setup_link(), users.make_setup_link()
    db.session.commit()
    assert not users.setup_link_is_good(first)
    assert users.setup_link_is_good(second)
    assert all(second not in link.token_hash for link in db.session.query(SetupLink))


def test_with_the_first_user_every_link_ends(context: Flask) -> None:
    token = users.make_setup_link()
    db.session.commit()
    _add()
    assert not users.setup_link_is_good(token)
    with pytest.raises(Refused, match="setup_link_gone"):
        users.use_setup_link(token=token, name="Eve", password=PASSWORD)
    with pytest.raises(Refused, match="users_exist"):
        users.make_setup_link()
