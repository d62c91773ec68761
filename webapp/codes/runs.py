"""PURE: what a run says of itself."""

from __future__ import annotations

from webapp.codes.text import N_, Text

RUNS = {
    "run_in_progress": Text(
        N_("Another run is posting changes at the moment."),
        N_("Wait until it has ended, or give --wait SECONDS."),
    ),
    "run_unknown": Text(N_("There is no run %(run)s."), N_("kontor runs lists them.")),
    "run_interrupted": Text(
        N_("The process that carried this run died."),
        N_("Nothing is lost: the next run goes on from the ledger."),
    ),
    "run_cancelled": Text(N_("The run was cancelled by %(by)s."), N_("What was not reached is planned again by the next run.")),
    "internal_error": Text(
        N_("Kontor made a mistake (%(cause)s)."),
        N_("Nothing more was posted in this run. The log has the details; report it with the run’s number."),
    ),
    "usage_incomplete": Text(
        N_("Sophos did not give the whole usage of %(month)s: %(cause)s."),
        N_("Nothing was planned from it. Try again later; what is billed stays as it is."),
        "sophos",
    ),
    "alerts_incomplete": Text(
        N_("Sophos did not give all open alerts of this customer: %(cause)s."),
        N_("No ticket was completed because of it. The next pass asks again."),
        "sophos",
    ),
    "usage_not_yet": Text(
        N_("Sophos has no usage for %(month)s yet."),
        N_("That is normal on the first days of a month. The next run looks again."),
        "sophos",
    ),
    "month_in_future": Text(N_("The month %(month)s is in the future."), N_("Choose the running month or one before it.")),
    "month_invalid": Text(N_("%(month)s is not a month."), N_("Write it as YYYY-MM, for example 2026-11.")),
    "customer_unknown": Text(
        N_("There is no customer %(customer)s."),
        N_("Use the id from the customers page or from kontor mappings export."),
    ),
    "not_eligible": Text(
        N_("%(customer)s takes no part in usage sync."),
        N_("Map company and contract and switch usage sync on."),
    ),
}
