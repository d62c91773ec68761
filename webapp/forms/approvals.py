"""What is sent when held changes are decided: which changes, and why."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from webapp.services import approval_list
from webapp.services.approval_filter import ApprovalFilter


class DismissForm(FlaskForm):
    """The changes are the repeated field ``change``."""

    reason = StringField(lazy_gettext("Reason"), default="")


def shown_filter() -> ApprovalFilter:
    """The filter in the query string."""
    return ApprovalFilter.parse(request.args.to_dict())


def chosen_changes() -> list[int]:
    """The changes that were ticked; with ``all=1`` everything that waits and that the filter shows, also beyond the page."""
    if request.values.get("all") == "1":
        return approval_list.ids(shown_filter())
    return list(dict.fromkeys(request.values.getlist("change", type=int)))
