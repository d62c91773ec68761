"""PURE: why a line is as it is."""

from __future__ import annotations

from webapp.codes.text import N_, Text

REASONS = {
    "equal": Text(N_("Units and usage are equal.")),
    "more_used": Text(N_("%(target)s licences are used, %(before)s are billed.")),
    "fewer_so_far": Text(N_("Lower so far: %(target)s used, %(before)s billed. Decided at the close of the month.")),
    "hold_increase": Text(N_("%(percent)s %% and %(units)s licences more: over the limit for an increase.")),
    "hold_increase_from_zero": Text(N_("%(units)s licences more on a line that stood at 0: over the limit for an increase.")),
    "hold_new_line": Text(N_("The service is not on the contract. %(target)s licences are not billed.")),
    "hold_drift": Text(N_("Changed in Autotask: was %(confirmed)s after the last sync, is %(before)s now.")),
    "hold_account": Text(N_("The account of %(customer)s is %(status)s at Sophos.")),
    "hold_mode": Text(N_("The mode is Approve: every change waits for a person.")),
    "hold_period": Text(N_("The contract is billed for longer than a month at a time: each change waits for a person.")),
    "hold_run_usage": Text(N_("Only %(items)s usage items came, last month it was %(last)s: the whole run waits for a person.")),
    "observe": Text(N_("The mode was set to Observe while the run was under way: nothing more is posted.")),
    "paused": Text(N_("The mode was set to Paused while the run was under way: nothing more is posted.")),
    "already_today": Text(N_("Already changed on %(date)s; the rest follows on %(next)s.")),
}
