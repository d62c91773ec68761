"""The form of a rule."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from webapp import texts
from webapp.alerts import Action
from webapp.services import pick_options, rule_checks, rule_edits, rule_words
from webapp.services.ticket_rules import Rule

ACTIONS = [
    SelectChoice(Action.CREATE.value, lazy_gettext("Create a ticket")),
    SelectChoice(Action.IGNORE.value, lazy_gettext("Ignore: no ticket")),
    SelectChoice(Action.ACKNOWLEDGE.value, lazy_gettext("Acknowledge in Sophos Central, without a ticket")),
]
CONTRACTS = [
    SelectChoice("autotask", lazy_gettext("Leave it to Autotask")),
    SelectChoice("customer", lazy_gettext("The customer’s contract in Kontor")),
]
LISTS = ("severities", "categories", "products")


def whole(_form: FlaskForm, field: Field) -> None:
    """A whole number, or nothing."""
    text = (field.data or "").strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValidationError(gettext("This is not a whole number."))


def a_choice(_form: FlaskForm, field: Field) -> None:
    """The id of a choice, or nothing; whether it is offered is checked with the rule."""
    text = (field.data or "").strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValidationError(gettext("Choose from the list."))


class RuleForm(FlaskForm):
    """``customer``: whose rule it is, empty for all."""

    customer = HiddenField()
    severities = SelectMultipleField(lazy_gettext("Severity"), validate_choice=False)
    products = SelectMultipleField(lazy_gettext("Product"), validate_choice=False)
    categories = SelectMultipleField(lazy_pgettext("alerts", "Category"), validate_choice=False)
    type_pattern = StringField(lazy_gettext("Type"))
    action = RadioField(lazy_gettext("What to do"), choices=ACTIONS, default=Action.CREATE.value)
    queue = StringField(lazy_gettext("Queue"), [a_choice])
    priority = StringField(lazy_gettext("Priority"), [a_choice])
    status = StringField(lazy_gettext("Status"), [a_choice])
    source = StringField(lazy_gettext("Source"), [a_choice])
    ticket_category = StringField(lazy_gettext("Ticket category"), [a_choice])
    issue_type = StringField(lazy_gettext("Issue type"), [a_choice])
    sub_issue_type = StringField(lazy_gettext("Sub-issue type"), [a_choice])
    due_hours = StringField(lazy_gettext("Due in"), [whole])
    delay_minutes = StringField(lazy_gettext("Wait before the ticket is created"), [whole])
    contract = RadioField(lazy_gettext("Contract of the ticket"), choices=CONTRACTS, default="autotask")

    def offer(self, kept: Rule | None = None) -> None:
        """Fill the lists of values: known ones, those seen in alerts, and those that the rule has."""
        for name in LISTS:
            known = rule_checks.known_values(name)
            own = [value for value in (getattr(kept, name) if kept else ()) if value not in known]
            self[name].choices = [(value, rule_words.value_name(name, value)) for value in [*known, *own]]

    def rule(self) -> Rule:
        """The rule that was entered; every field is valid by itself."""
        values: dict[str, Any] = {name: _number(self[name]) for name in rule_checks.PICKLISTS}
        values |= {name: tuple(dict.fromkeys(self[name].data or ())) for name in LISTS}
        return Rule(
            id=0,
            position=0,
            customer_id=self.customer.data or None,
            type_pattern=(self.type_pattern.data or "").strip(),
            action=Action(self.action.data),
            due_hours=_number(self.due_hours),
            delay_minutes=_number(self.delay_minutes) or 0,
            use_contract=self.contract.data == "customer",
            **values,
        )

    def check(self, kept: Rule | None = None) -> bool:
        """Whether all of it is good; else the errors stand at their fields."""
        if not self.validate():
            return False
        for problem in rule_checks.problems(rule_edits.plain(self.rule()), kept):
            field = self[problem.field or "action"]
            advice = texts.advice(problem.code, problem.params)
            field.errors = [*field.errors, texts.sentence(problem.code, problem.params), *([advice] if advice else [])]
        return not self.errors

    def options(self, name: str) -> object:
        """The options of the select of a picklist."""
        return pick_options.of_rule(name, self[name].data or "")

    def sub_issues(self) -> object:
        """All sub-issue types: without a script nobody says which issue type was chosen."""
        return pick_options.sub_issues("", self.sub_issue_type.data or "", every=True)


def data_of(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule."""
    picks = {name: _text(getattr(rule, name)) for name in rule_checks.PICKLISTS}
    return {
        "customer": rule.customer_id or "",
        **{name: list(getattr(rule, name)) for name in LISTS},
        "type_pattern": rule.type_pattern,
        "action": rule.action.value,
        **picks,
        "due_hours": _text(rule.due_hours),
        "delay_minutes": _text(rule.delay_minutes or None),
        "contract": "customer" if rule.use_contract else "autotask",
    }


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _number(field: Field) -> int | None:
    text = (field.data or "").strip()
    return int(text) if text else None
