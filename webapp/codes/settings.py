"""PURE: settings, and Start synchronising."""

from __future__ import annotations

from webapp.codes.text import N_, Text

STARTING = {
    "start_without_customers": Text(N_("No customer has usage sync on."), N_("Map customers and switch usage sync on first.")),
    "start_without_plan": Text(N_("There is no plan from the last 24 hours."), N_("Make the plan first, and look at it.")),
    "others_not_off": Text(
        N_("Say that Sophos’ own usage sync and every other billing integration for these contracts is off."),
        N_("Two programs that adjust the same contract bill twice."),
    ),
}

SETTINGS = {
    "close_window_invalid": Text(
        N_("The close would begin on day %(first)s and end on day %(last)s."), N_("Let it end no earlier than it begins.")
    ),
    "start_needed": Text(
        N_("Kontor has not been started."), N_("Use Start synchronising, the last step of the Autotask Integration Guide.")
    ),
    "setting_unknown": Text(N_("There is no setting %(name)s."), N_("kontor settings get lists them all.")),
    "setting_invalid": Text(N_("“%(value)s” is not allowed for %(name)s; allowed: %(expected)s.")),
}
