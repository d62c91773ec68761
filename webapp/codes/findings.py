"""PURE: what a person should look at."""

from __future__ import annotations

from webapp.codes.text import N_, Text

FINDINGS = {
    "close_missed": Text(
        N_("%(month)s used %(units)s licences of %(service)s (%(contract)s) more than Autotask had on its last day."),
        N_("Bill them by hand if they matter. The finding goes when the month is signed off in the billing check."),
        "autotask",
    ),
    "period_missed": Text(
        N_(
            "The period from %(date)s of %(service)s (%(contract)s) was approved and posted before %(month)s was decided; it differs by %(units)s licences."
        ),
        N_("Bill or credit the difference by hand. The finding goes when the month is signed off in the billing check."),
        "autotask",
    ),
    "date_missed": Text(
        N_(
            "%(service)s (%(contract)s) was changed on %(date)s already, and Autotask takes one change for a date: %(month)s differs by %(units)s licences from then on."
        ),
        N_("Bill or credit the difference by hand. The finding goes when the month is signed off in the billing check."),
        "autotask",
    ),
    "month_not_closed": Text(
        N_("%(month)s was not closed: no run of its close ended well between day %(first)s and day %(last)s."),
        N_("See why the runs failed, then close it: Overview, Preview the close, or kontor sync %(option)s --close."),
    ),
    "customer_unmapped": Text(
        N_("%(customer)s has no company in Autotask yet."), N_("Choose its company on the customers page.")
    ),
    "customer_missing": Text(
        N_("%(customer)s was not in the last list from Sophos."),
        N_("If the customer has left, unmap it once its last month is billed."),
        "sophos",
    ),
    "customer_gone": Text(
        N_("%(customer)s no longer exists at Sophos."), N_("Unmap it once its last month is billed."), "sophos"
    ),
    "billing_type_changed": Text(
        N_("%(customer)s changed from %(before)s to %(after)s."),
        N_("Check whether usage sync should go on for it."),
        "sophos",
    ),
    "contract_ends": Text(
        N_("The contract %(contract)s ends on %(date)s."),
        N_("Renew it in Autotask, or choose the contract that follows."),
        "autotask",
    ),
    "contract_ends_successor": Text(
        N_("The contract %(contract)s ends on %(date)s; %(successor)s follows it."),
        N_("Choose %(successor)s for this customer when the time has come."),
        "autotask",
    ),
    "usage_unassigned": Text(
        N_("%(quantity)s licences of %(product)s belong to no known customer."),
        N_("Assign the licence to a customer in Sophos Central Partner."),
        "sophos",
    ),
}
