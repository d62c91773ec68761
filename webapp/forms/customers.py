"""The forms of the customers page, and what a row shows besides the customer: that it is being edited, or what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from flask import request
from flask_wtf import FlaskForm
from wtforms import StringField

from webapp.errors import Refused
from webapp.services import customers
from webapp.services.customer_filter import CustomerFilter


@dataclass(frozen=True)
class RowState:
    """``editing`` opens the name field; ``refused`` is shown at the field it belongs to, with what was ``entered`` there."""

    editing: bool = False
    refused: Refused | None = None
    entered: str = ""
    entered_id: int | None = None

    def error(self, name: str) -> Refused | None:
        return self.refused if self.refused and self.refused.field == name else None

    @property
    def near(self) -> Sequence[Mapping[str, Any]]:
        """The companies to choose from."""
        return self.refused.params.get("near", ()) if self.refused else ()


NOTHING_SPECIAL = RowState()


@dataclass(frozen=True)
class RowStates:
    """What each row of a page shows besides its customer."""

    states: Mapping[str, RowState] = field(default_factory=dict)

    def of(self, customer_id: str) -> RowState:
        return self.states.get(customer_id, NOTHING_SPECIAL)


class RowForm(FlaskForm):
    """``filter`` is the query string of the page that the row stands on. ``leave``: the person has seen which lines are left
    behind and saves all the same."""

    filter = StringField()
    leave = StringField()

    @property
    def page(self) -> CustomerFilter:
        return filter_of(self.filter.data or "")


class CompanyForm(RowForm):
    """``company_id`` comes from a suggestion that was taken or from the button of a near company, whichever is filled."""

    company = StringField()
    company_id = StringField()

    @property
    def chosen(self) -> int | None:
        filled = [value for value in self.company_id.raw_data or () if value.strip()]
        return number_in(filled[-1] if filled else None, "company")


class ContractForm(RowForm):
    contract = StringField()


class SwitchForm(RowForm):
    enabled = StringField()

    def wanted(self, name: str) -> bool:
        """The wanted value; Refused for anything but on and off."""
        if self.enabled.data not in ("on", "off"):
            raise Refused("choice_invalid", name, value=self.enabled.data or "", allowed="on, off")
        return self.enabled.data == "on"


class OpenAlertsForm(FlaskForm):
    """What becomes of alerts that are open already when ticket sync is switched on: ``show`` or ``ticket``."""

    open_alerts = StringField()

    @property
    def tickets(self) -> bool:
        """Whether they get tickets; without a choice they do not. Refused for anything else."""
        chosen = self.open_alerts.data or "show"
        if chosen not in ("show", "ticket"):
            raise Refused("choice_invalid", "open_alerts", value=chosen, allowed="show, ticket")
        return chosen == "ticket"


def number_in(value: str | None, name: str) -> int | None:
    """The id in a field, None where it is empty; Refused for anything else."""
    text = (value or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refused("id_invalid", name, value=text)
    return int(text)


def filter_of(query: str) -> CustomerFilter:
    """The filter in a query string."""
    return CustomerFilter.parse(parse_qs(query))


def chosen_customers() -> list[str] | None:
    """Whom a form of the customers page is about: the ticked customers, else everything that its filter shows (also beyond the
    page); None where that is simply every customer."""
    ticked = list(dict.fromkeys(request.form.getlist("customer")))
    everything = request.form.get("all") == "1"
    if ticked and not everything:
        return ticked
    wanted = filter_of(request.form.get("filter", ""))
    return customers.ids(wanted) if wanted.narrows else None
