"""PURE: users and signing in."""

from __future__ import annotations

from webapp.codes.text import N_, Text

USERS = {
    "sign_in_refused": Text(N_("User name or password is wrong.")),
    "sign_in_wait": Text(N_("Too many tries with this user name. Wait %(minutes)s minutes, then try again.")),
    "user_exists": Text(N_("There is a user %(name)s already."), N_("Give a new password with --reset.")),
    "user_unknown": Text(N_("There is no user %(name)s."), N_("Leave out --reset to make the user.")),
    "user_name_invalid": Text(N_("A user name has 1 to 100 characters that can be printed.")),
    "role_invalid": Text(N_("%(value)s is not a role: %(allowed)s.")),
    "password_short": Text(N_("A password has %(least)s characters or more.")),
    "password_long": Text(N_("A password has %(most)s characters at most.")),
    "users_exist": Text(N_("There are users already."), N_("Use kontor user add.")),
    "setup_link_gone": Text(N_("This link was used or is too old."), N_("Use kontor user add.")),
}
