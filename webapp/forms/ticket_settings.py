"""The part of the sync settings that is about tickets."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from webapp.forms.allowed import allowed
from webapp.languages import LANGUAGES
from webapp.services import pick_options
from webapp.services.pick_options import Option
from webapp.services.ticket_choices import SETTINGS


class TicketSettings(FlaskForm):
    """One field for each setting; a select is filled with ``options``."""

    ticket_interval_minutes = StringField(lazy_gettext("Read alerts every"), [allowed])
    ticket_queue = StringField(lazy_gettext("Queue"), [allowed])
    ticket_priority = StringField(lazy_gettext("Priority"), [allowed])
    ticket_source = StringField(lazy_gettext("Source"), [allowed])
    ticket_burst = StringField(lazy_gettext("Gather alerts of a customer into one ticket when there are more than"), [allowed])
    ticket_reopen = RadioField(
        lazy_gettext("An alert that comes back after its ticket was completed"),
        [allowed],
        choices=[
            SelectChoice("reopen", lazy_gettext("Reopens the ticket")),
            SelectChoice("new", lazy_gettext("Makes a new ticket")),
        ],
        validate_choice=False,
    )
    ticket_reopen_days = StringField(lazy_gettext("Reopen for"), [allowed])
    ticket_language = SelectField(
        lazy_gettext("Language of tickets"),
        [allowed],
        choices=[
            SelectChoice("", lazy_gettext("That of the installation")),
            *(SelectChoice(*each) for each in LANGUAGES.items()),
        ],
        validate_choice=False,
    )
    ticket_title = StringField(lazy_gettext("Title"), [allowed])
    ticket_text = TextAreaField(lazy_gettext("Description"), [allowed])
    ticket_more_fields = TextAreaField(lazy_gettext("Further fields"), [allowed])

    def options(self, name: str) -> Sequence[Option]:
        """The active choices of Autotask for the setting ``name``; none while they were not read."""
        return pick_options.options(SETTINGS[name], self[name].data or "")
