"""PURE: what stops a contract or one of its lines."""

from __future__ import annotations

from webapp.codes.text import N_, Text

CONTRACT = {
    "units_not_readable": Text(
        N_("Autotask shows no units for this line on %(date)s."),
        N_(
            "Check the security level of the API user: it may hide contracts. Nothing is changed as long as the units cannot be read."
        ),
        "autotask",
    ),
    "contract_incomplete": Text(
        N_(
            "%(customer)s is on the same contract, but its usage sync is off or Sophos does not list it: the sum is not complete."
        ),
        N_(
            "Switch usage sync on for that customer, give it another contract, or leave it out of this contract’s sum on the contract’s page."
        ),
    ),
    "contract_inactive": Text(
        N_("The contract %(contract)s is not in effect in Autotask."),
        N_(
            "Choose another contract for this customer, or set the contract to In Effect in Autotask. Until its end date Autotask goes on billing it."
        ),
        "autotask",
    ),
    "contract_ended": Text(
        N_("The contract %(contract)s ended on %(date)s."),
        N_("Choose the contract that follows it in the Contract column, or extend its end date in Autotask, then sync again."),
        "autotask",
    ),
    "contract_not_started": Text(
        N_("The contract %(contract)s begins on %(date)s."),
        N_("Choose the contract that is in effect today, or wait until it begins."),
        "autotask",
    ),
    "contract_invalid": Text(
        N_("The dates of the contract %(contract)s cannot be used: it has no start or end, or ends before it starts."),
        N_("Correct the contract’s dates in Autotask, then refresh."),
        "autotask",
    ),
    "contract_not_mapped": Text(
        N_("The contract %(contract)s was not found in Autotask."),
        N_("Choose a contract again. If it exists, the security level of the API user may hide it."),
        "autotask",
    ),
    "company_gone": Text(
        N_("The company %(company)s is gone or inactive in Autotask."),
        N_("Set it active again in Autotask, or map the customer to another company."),
        "autotask",
    ),
    "period_mismatch": Text(
        N_("The service %(service)s has another period than the contract."),
        N_("Use a service with the contract’s period type, or a contract with the service’s."),
        "autotask",
    ),
    "period_not_found": Text(
        N_(
            "Autotask has no billing period of this line that begins on %(date)s, as the contract’s start and period type ask for."
        ),
        N_("Check the contract’s start date and period type in Autotask. Nothing is changed as long as the periods do not fit."),
        "autotask",
    ),
    "period_unknown": Text(
        N_("The billing period of %(service)s has no known length."),
        N_("Give the contract a monthly, quarterly, half-yearly or yearly period in Autotask, or bill it daily."),
        "autotask",
    ),
    "left_behind": Text(
        N_("Kontor has billed %(service)s on %(contract)s, and no mapping names the line any more."),
        N_("Approve to set it to 0, or dismiss if somebody else takes care of it."),
    ),
    "scheduled_change": Text(
        N_("In Autotask the units change to %(units)s on %(date)s, and that was not Kontor."),
        N_(
            "Look at the contract in Autotask, then say on the contract’s page whether to keep that change or to post in spite of it."
        ),
        "autotask",
    ),
    "service_ambiguous": Text(
        N_("The service %(service)s stands more than once on the contract."),
        N_("Name the line in the products import (contract_service_id), or leave one such line on the contract."),
    ),
    "product_without_service": Text(
        N_("The product %(product)s has no service yet; %(quantity)s licences are not billed."),
        N_("Give it a service under Products, then sync again."),
    ),
    "product_ambiguous": Text(
        N_("More than one service fits the product %(product)s exactly."),
        N_("Choose one under Products."),
    ),
    "quantity_invalid": Text(
        N_("Sophos reports no usable quantity for %(product)s: %(cause)s."),
        N_("Look at the usage in Sophos Central Partner. Nothing is changed on this line."),
        "sophos",
    ),
    "line_without_usage": Text(
        N_("Sophos reports no usage for this line; Autotask bills %(units)s."),
        N_("Nothing is changed. If the customer no longer uses it, set the line to 0 in Autotask."),
    ),
}
