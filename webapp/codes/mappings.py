"""PURE: what is wrong with a mapping that a person gave."""

from __future__ import annotations

from webapp.codes.text import N_, Text

MAPPINGS = {
    "leaves_lines": Text(
        N_("Kontor bills lines that no mapping would name any more: %(lines)s."),
        N_("They stay as they are until you approve setting them to 0 under Approvals."),
    ),
    "company_unknown": Text(
        N_("No active company in Autotask fits “%(name)s”."), N_("Choose one of the near names, or refresh.")
    ),
    "company_ambiguous": Text(N_("%(count)s companies fit “%(name)s”."), N_("Choose one of them, or give its id.")),
    "company_id_unknown": Text(N_("There is no company with the id %(company)s."), N_("Use the id that Autotask shows.")),
    "company_missing": Text(N_("Needs a company"), N_("Choose the company first.")),
    "contract_missing": Text(N_("Needs a contract"), N_("Choose the contract first.")),
    "contract_unknown": Text(N_("There is no contract %(contract)s."), N_("Choose one of the company’s contracts, or refresh.")),
    "contract_ambiguous": Text(N_("%(count)s contracts of the company are named “%(contract)s”."), N_("Give the contract’s id.")),
    "contract_of_another_company": Text(
        N_("The contract %(contract)s belongs to another company."), N_("Choose one of the company’s contracts.")
    ),
    "contract_not_recurring": Text(
        N_("The contract %(contract)s is no recurring service contract."), N_("Choose a recurring service contract.")
    ),
    "ticket_sync_off": Text(N_("Ticket sync of this customer is off."), N_("Switch it on first.")),
    "first_reading_over": Text(
        N_("The alerts were read since ticket sync was switched on; what was open then is shown."),
        N_("Create the tickets for them on the page of tickets."),
    ),
    "usage_sync_term": Text(N_("Term licence")),
    "usage_sync_trial": Text(N_("Trial")),
    "usage_sync_other": Text(N_("No monthly usage (billing type %(billing_type)s)")),
    "usage_sync_gone": Text(N_("Gone from Sophos Central")),
}
