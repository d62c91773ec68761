"""PURE: what is wrong with a rule or a text of tickets that a person gave."""

from __future__ import annotations

from webapp.codes.text import N_, Text

TICKET_FORMS = {
    "type_pattern_long": Text(N_("The pattern is longer than 500 characters."), N_("Make two rules of it.")),
    "type_pattern_characters": Text(
        N_("A type has letters, digits, colons, dots, hyphens and underscores only."),
        N_("Separate several patterns by commas; * stands for any text, ? for one character."),
    ),
    "type_pattern_empty": Text(N_("The pattern names no type."), N_("Leave the field empty if every type is meant.")),
    "placeholder_unknown": Text(N_("There is no placeholder {%(name)s}."), N_("These are known: %(allowed)s.")),
    "brace_unbalanced": Text(
        N_("A curly brace at character %(at)s has no partner."),
        N_("Write two braces, {{ or }}, where the text itself should show one."),
    ),
}
