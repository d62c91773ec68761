"""PURE: what a person should look at."""

from __future__ import annotations

from webapp.codes.text import N_, Text

FINDINGS = {
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
