"""PURE: what the billing check says of a line, of usage that feeds none, of its own figures, and of a sign-off."""

from __future__ import annotations

from webapp.codes.text import N_, Text

BILLING_CHECK = {
    # usage that no line takes
    "unbilled_no_customer": Text(
        N_("Sophos reports these licences for nobody that Kontor knows."),
        N_("Assign the licence to a customer in Sophos Central Partner, or refresh the customer details."),
        "sophos",
    ),
    "unbilled_unmapped": Text(
        N_("%(customer)s has no contract yet."), N_("Choose company and contract on the customers page, then sync again.")
    ),
    "unbilled_sync_off": Text(
        N_("Usage sync is off for %(customer)s: Kontor bills nothing on the contract %(contract)s."),
        N_("Switch usage sync on, or bill these licences yourself."),
    ),
    "unbilled_not_available": Text(
        N_("%(customer)s is not billed by usage at Sophos, yet Sophos reports usage."),
        N_("Look at the customer in Sophos Central Partner. Kontor does not bill these licences."),
        "sophos",
    ),
    "unbilled_left_out": Text(
        N_("%(customer)s was left out of the sum of the contract %(contract)s by %(by)s."),
        N_("Bill these licences yourself, or take the customer back into the sum."),
    ),
    "unbilled_no_line": Text(
        N_("The service %(service)s is not on the contract %(contract)s."),
        N_("Add the service to the contract in Autotask, then sync again."),
        "autotask",
    ),
    "unbilled_no_line_held": Text(
        N_("The service %(service)s is not on the contract %(contract)s; adding it waits for approval."),
        N_("Decide on the held line."),
    ),
    "excluded_by_rule": Text(N_("The rule of the product excludes it from billing.")),
    "nothing_to_bill": Text(N_("There is nothing to bill: none used, or all of it included.")),
    # a line of the check
    "check_line_not_read": Text(N_("The line was not read for this month."), N_("Read the figures again.")),
    "check_line_changed": Text(
        N_("Usage, mapping or rule changed since the line was read: now %(target)s, then %(before)s."),
        N_("Read the figures again."),
    ),
    "check_waits_until": Text(N_("Waits until %(date)s.")),
    "check_from_then": Text(N_("Confirmed: %(units)s units from %(date)s on.")),
    "check_posted_next": Text(N_("The next sync posts it.")),
    "check_nothing_planned": Text(N_("The last run saw nothing to change here; a later date decides.")),
    "check_month_over": Text(
        N_("The month is over and the change was not posted."),
        N_("The close of the month posts it. If that has run already, bill the difference in Autotask yourself."),
    ),
    "check_mode_observe": Text(N_("The mode is Observe: nothing is posted."), N_("Start synchronising, or bill it yourself.")),
    "check_mode_paused": Text(N_("The mode is Paused: nothing is posted."), N_("Set the mode again under Sync settings.")),
    # the figures of the check
    "check_usage_missing": Text(
        N_("The usage of %(month)s was never read."), N_("Read the figures: that changes nothing in Autotask.")
    ),
    "check_usage_partial": Text(
        N_("The usage of %(month)s was read for some customers only, never for all."), N_("Read the figures again.")
    ),
    "check_read_before_end": Text(
        N_("The usage was read on %(date)s, before %(month)s was over: it may have changed since."), N_("Read the figures again.")
    ),
    "check_old": Text(N_("The usage was last read on %(date)s."), N_("Read the figures again.")),
    "check_run_failed": Text(
        N_("The last run of this month failed (run %(run)s): the figures are those of an earlier one."),
        N_("Look at the run, then read the figures again."),
    ),
    "check_lines_unread": Text(
        N_("Lines whose units are not known or no longer fit the usage: %(lines)s."), N_("Read the figures again.")
    ),
    "check_lines_older": Text(
        N_("Lines that were read before the usage was: %(lines)s."),
        N_("Read the figures again, or see why the last run left them out."),
    ),
    "check_not_closed": Text(
        N_("Kontor has not closed %(month)s."),
        N_("The close lowers what fell during the month. It runs on the first days after it."),
    ),
    # a sign-off
    "sign_nothing": Text(N_("The usage of %(month)s was never read: there is nothing to sign.")),
    "sign_changed": Text(N_("The figures have changed since this page was made. Look at them again, then sign.")),
    "sign_unconfirmed": Text(N_("Tick this to sign although something is open, or leave it.")),
}
