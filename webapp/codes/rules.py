"""PURE: what is wrong with a rule, or with a setting of tickets, that a person gave."""

from __future__ import annotations

from webapp.codes.text import N_, Text

RULES = {
    "rule_gone": Text(
        N_("The rules were changed meanwhile; this one is not there any more."), N_("Look at the list as it is now.")
    ),
    "too_many_rules": Text(N_("There are %(most)s rules already."), N_("Delete one, or make one of several.")),
    "rule_value_unknown": Text(N_("“%(value)s” is not known and was never seen in an alert."), N_("Choose from the list.")),
    "rule_choice_unavailable": Text(N_("This choice is no longer active in Autotask."), N_("Choose another: %(choices)s.")),
    "sub_issue_elsewhere": Text(
        N_("“%(name)s” belongs to another issue type."), N_("Choose a sub-issue type of the issue type above, or none.")
    ),
    "rule_figure": Text(N_("Allowed is a whole number from %(least)s to %(most)s.")),
    "ticket_choice_unknown": Text(
        N_("Autotask has no active choice “%(value)s”, or several."), N_("These are offered: %(choices)s.")
    ),
    "more_field_line": Text(
        N_("“%(line)s” is not of the form name=value."), N_("Write one field in each line, such as billingCodeID=29682801.")
    ),
    "more_field_unknown": Text(
        N_("Tickets in this Autotask have no field “%(name)s”."), N_("Write the name as Autotask’s API has it: %(near)s.")
    ),
    "more_field_own": Text(N_("Kontor fills the field “%(name)s” itself."), N_("Leave this line out.")),
    "more_field_read_only": Text(
        N_("Autotask fills the field “%(name)s” itself; nobody can set it."), N_("Leave this line out.")
    ),
    "more_field_value": Text(
        N_("“%(value)s” is no active choice of the field “%(name)s”."), N_("Give one of these ids: %(choices)s.")
    ),
}
