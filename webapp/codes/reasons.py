"""PURE: why a line is as it is."""

from __future__ import annotations

from webapp.codes.text import N_, Text

REASONS = {
    "equal": Text(N_("Units and usage are equal.")),
    "more_used": Text(N_("%(target)s licences are used, %(before)s are billed.")),
    "fewer_so_far": Text(
        N_("Lower so far: %(target)s used, %(before)s billed. Decided at the close of the month, from %(date)s on.")
    ),
    "fewer_until_billing_day": Text(
        N_("Lower so far: %(target)s used, %(before)s billed. Decided on the billing day, %(date)s.")
    ),
    "fewer_used": Text(N_("%(target)s licences are used, %(before)s are billed.")),
    "waits_for_billing_day": Text(
        N_("%(target)s licences are used, %(before)s are billed. Posted on the billing day, %(date)s.")
    ),
    "waits_for_close": Text(
        N_("%(target)s licences are used, %(before)s are billed. Posted at the close of the month, from %(date)s on.")
    ),
    "decided_on_billing_day": Text(
        N_("The billing day decided %(before)s; %(target)s are used by now. The next billing day goes on from there.")
    ),
    "raised_since": Text(
        N_(
            "%(target)s were used in the month, %(before)s are billed: Kontor has raised the line since, on %(date)s, and the close of that month decides."
        )
    ),
    "lower_at_the_end": Text(
        N_("%(target)s used, %(before)s billed. The contract ends on %(date)s, before a lower figure could take effect.")
    ),
    "period_posted": Text(
        N_("%(target)s used, %(before)s billed. The period from %(date)s is approved and posted already: this is only reported.")
    ),
    "scheduled_change_kept": Text(
        N_("Left alone until %(date)s: the change to %(units)s units that was scheduled in Autotask is kept.")
    ),
    "hold_increase": Text(N_("%(percent)s %% and %(units)s licences more: over the limit for an increase.")),
    "hold_increase_from_zero": Text(N_("%(units)s licences more on a line that stood at 0: over the limit for an increase.")),
    "hold_decrease": Text(N_("%(percent)s %% and %(units)s licences fewer: over the limit for a decrease.")),
    "hold_zero": Text(N_("The line would go from %(before)s to 0.")),
    "hold_pinned": Text(N_("A run on this line was undone: nothing is changed until a person releases it.")),
    "hold_left_out": Text(N_("%(customer)s was left out of the contract’s sum: the first plan without it waits for a person.")),
    "hold_past_month": Text(N_("A past month (%(month)s): later months were billed since, and a person decides.")),
    "hold_later_change": Text(
        N_("A later change of Kontor’s own, on %(date)s, would be moved by this one too: look at both before it is posted.")
    ),
    "hold_run_units": Text(
        N_("All units together would fall by %(percent)s %% (%(units)s licences): the whole run waits for a person.")
    ),
    "hold_run_zero": Text(N_("%(lines)s of %(all)s lines would go to 0: the whole run waits for a person.")),
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
