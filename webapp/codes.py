"""PURE: the catalogue of codes. Each has one sentence for what happened and, where a person can act, one for what to do.

Codes are stable words (design, section 8): they stand in the JSON of the command line, in the database and on the
troubleshooting page. The sentences are translated when shown (webapp/texts.py); ``%(name)s`` takes a figure of the reason.
"""

from __future__ import annotations

from dataclasses import dataclass


def N_(text: str) -> str:
    """Marks a text for translation without translating it now."""
    return text


@dataclass(frozen=True)
class Text:
    """``message`` says what happened, ``advice`` what to do (empty: nothing), ``system`` where it is put right."""

    message: str
    advice: str = ""
    system: str = "kontor"  # kontor, sophos, autotask


CONNECTION = {
    "not_connected": Text(
        N_("Sophos and Autotask are not both connected yet."),
        N_("Connect both systems on the Connection page or with kontor connect, then try again."),
    ),
    "credentials_unreadable": Text(
        N_("The stored credentials cannot be opened with the keys of this installation."),
        N_("Restore KONTOR_CREDENTIAL_KEYS from the backup, or connect %(system)s again."),
    ),
    "credentials_refused": Text(
        N_("%(system)s refused the sign-in."),
        N_(
            "Check the user name or client ID, and enter the secret again on the Connection page. An expired secret must be made anew in %(system)s."
        ),
    ),
    "not_a_partner": Text(
        N_("These Sophos credentials belong to a %(kind)s, not to a partner."),
        N_(
            "Create API credentials in Sophos Central Partner, under Settings & Policies > API Credentials, not in a customer’s Sophos Central."
        ),
        "sophos",
    ),
    "permission_missing": Text(
        N_("%(system)s does not allow this user to read or write %(what)s."),
        N_(
            "Give the API user a security level that includes it (Autotask: API User (system)) or the credential a role that does (Sophos: Service Principal ReadOnly or higher)."
        ),
    ),
    "zone_unknown": Text(
        N_("Autotask does not know the user %(user)s."),
        N_(
            "Enter the whole user name of the API user, as shown in Autotask under Resources (Users). It looks like an e-mail address."
        ),
        "autotask",
    ),
    "integration_code_invalid": Text(
        N_("Autotask does not know this tracking identifier (integration code)."),
        N_(
            "Copy the API tracking identifier of the API user again, without spaces. It must be a custom one of your own Autotask."
        ),
        "autotask",
    ),
    "host_not_allowed": Text(
        N_("%(system)s named the address %(host)s, which is not one of its own."),
        N_("Nothing was sent there. Check whether a proxy or name service on this network changes answers."),
    ),
    "unreachable": Text(
        N_("%(system)s could not be reached: %(cause)s."),
        N_("Check the network, the proxy and the name service of this machine. Kontor tries again with the next run."),
    ),
    "bad_answer": Text(
        N_("%(system)s gave an answer that cannot be used: %(cause)s."),
        N_("Nothing was changed. If it happens again, look at the status page of %(system)s."),
    ),
    "not_found": Text(
        N_("%(system)s does not know %(what)s."),
        N_("Check whether the user may see it; a security level can hide things."),
    ),
    "rate_limited": Text(
        N_("%(system)s asks for fewer calls."),
        N_("Kontor goes on with the next run. If it happens often, see which other integrations use the same account."),
    ),
    "budget_reached": Text(
        N_(
            "%(used)s of %(limit)s Autotask calls of this hour are used by all integrations together; Kontor stops at %(percent)s %%."
        ),
        N_("The run goes on in the next hour by itself. On the command line, run it again then."),
        "autotask",
    ),
}

CONNECTED = {
    "connected": Text(N_("%(system)s is connected.")),
    "connection_works": Text(N_("%(system)s: the connection works, and every permission that Kontor needs is there.")),
    "calls_used": Text(N_("Autotask: %(used)s of %(limit)s calls of this hour are used by all integrations together.")),
}

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
        N_("Switch usage sync on for that customer or give it another contract."),
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
    "scheduled_change": Text(
        N_("In Autotask the units change to %(units)s on %(date)s, and that was not Kontor."),
        N_("Look at the contract in Autotask. As long as that change stands, Kontor posts nothing on this line."),
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

POSTING = {
    "duplicate_date": Text(
        N_("Autotask already has a change of this line on %(date)s, made by somebody else."),
        N_("Nothing was changed. The next run plans again on its date."),
        "autotask",
    ),
    "refused_by_autotask": Text(
        N_("Autotask refused the change: %(text)s"),
        N_("Put right in Autotask what the text says, then choose the customer and sync again."),
        "autotask",
    ),
    "outcome_unknown": Text(
        N_("Autotask did not answer clearly, so it is not known yet whether the change was made."),
        N_(
            "Kontor reads the units back and settles it by itself; nothing is posted twice. Do not change the line in Autotask meanwhile."
        ),
    ),
    "not_applied": Text(
        N_("Autotask did not make the change."),
        N_("The next run repeats it with its own date, %(date)s."),
    ),
    "conflict": Text(
        N_("Autotask shows %(units)s units; Kontor expected %(before)s before the change or %(target)s after it."),
        N_("Look at the contract’s history in Autotask. Nothing else is posted for this line until it is decided."),
        "autotask",
    ),
    "price_changed": Text(
        N_("With the first change the price of %(service)s moved from %(before)s to %(after)s."),
        N_("Posting is paused. Check the price on the contract in Autotask, then set the mode again under Sync settings."),
        "autotask",
    ),
    "first_change_open": Text(
        N_("The first change of this installation has no clear outcome yet."),
        N_("The other changes wait for it. They are posted by a later run."),
    ),
}

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

MAPPINGS = {
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
    "usage_sync_term": Text(N_("Term licence")),
    "usage_sync_trial": Text(N_("Trial")),
    "usage_sync_other": Text(N_("No monthly usage (billing type %(billing_type)s)")),
    "usage_sync_gone": Text(N_("Gone from Sophos Central")),
}

PRODUCTS = {
    "product_unknown": Text(N_("There is no product %(product)s."), N_("Products appear with the first usage that names them.")),
    "product_not_named_yet": Text(
        N_("Sophos has not named the product %(product)s yet. The row counts as soon as it does."),
        N_("Check the code if you expected it to be known."),
    ),
    "service_unknown": Text(N_("No active service in Autotask fits “%(service)s”."), N_("Use the name that Autotask shows.")),
    "service_not_unique": Text(N_("%(count)s services are named “%(service)s”."), N_("Give the service’s id.")),
    "service_id_unknown": Text(N_("There is no active service with the id %(service)s."), N_("Use the id that Autotask shows.")),
    "number_invalid": Text(N_("“%(value)s” is no whole number from %(least)s to %(most)s.")),
    "choice_invalid": Text(N_("“%(value)s” is not one of: %(allowed)s.")),
    "service_rule_differs": Text(
        N_("Minimum and pack size belong to the service %(service)s; %(products)s disagree."),
        N_("Give these products the same minimum and the same pack size, or leave the fields empty."),
    ),
    "line_needs_customer": Text(N_("A contract line can only be chosen for one customer."), N_("Give the customer’s id.")),
    "line_unknown": Text(
        N_("%(line)s is no line of this service on the customer’s contract."),
        N_("Use the id of the contract service in Autotask."),
    ),
}

FILES = {
    "file_encoding": Text(N_("The text is neither UTF-8 nor Windows-1252."), N_("Save the file as CSV UTF-8.")),
    "file_empty": Text(N_("The file is empty."), N_("Begin with an export.")),
    "file_header": Text(
        N_("The first line must name the columns %(expected)s; missing: %(missing)s, unknown: %(unknown)s."),
        N_("Begin with an export."),
    ),
    "file_record": Text(N_("This record cannot be read: %(cause)s."), N_("Check the quotation marks.")),
    "file_fields": Text(N_("%(found)s fields instead of %(expected)s."), N_("Check separators and quotation marks.")),
    "id_invalid": Text(N_("“%(value)s” is no id.")),
    "row_without_customer": Text(N_("The row names no customer."), N_("Give the customer’s id.")),
    "customer_name_unknown": Text(N_("No customer is named “%(customer)s”."), N_("Give the customer’s id.")),
    "customer_ambiguous": Text(N_("%(count)s customers are named “%(customer)s”."), N_("Give the customer’s id.")),
    "row_twice": Text(N_("Line %(first)s is about the same already."), N_("Keep one of the two lines.")),
    "sync_without_company": Text(N_("On, but the row names no company."), N_("Name the company, or write off.")),
    "contract_without_company": Text(N_("A contract, but the row names no company."), N_("Name the company too.")),
    "names_differ": Text(N_("The id %(id)s is “%(found)s”, the file says “%(written)s”. The id counts.")),
}

USERS = {
    "sign_in_refused": Text(N_("User name or password is wrong.")),
    "sign_in_wait": Text(N_("Too many tries with this user name. Wait %(minutes)s minutes, then try again.")),
    "user_exists": Text(N_("There is a user %(name)s already."), N_("Give a new password with --reset.")),
    "user_unknown": Text(N_("There is no user %(name)s."), N_("Leave out --reset to make the user.")),
    "user_name_invalid": Text(N_("A user name has 1 to 100 characters that can be printed.")),
    "role_invalid": Text(N_("%(value)s is not a role: %(allowed)s.")),
    "password_short": Text(N_("A password has %(least)s characters or more.")),
    "password_long": Text(N_("A password has %(most)s characters at most.")),
    "users_exist": Text(N_("There are users already."), N_("Use kontor user add.")),
    "setup_link_gone": Text(N_("This link was used or is too old."), N_("Use kontor user add.")),
}

STARTING = {
    "start_without_customers": Text(N_("No customer has usage sync on."), N_("Map customers and switch usage sync on first.")),
    "start_without_plan": Text(N_("There is no plan from the last 24 hours."), N_("Make the plan first, and look at it.")),
    "others_not_off": Text(
        N_("Say that Sophos’ own usage sync and every other billing integration for these contracts is off."),
        N_("Two programs that adjust the same contract bill twice."),
    ),
}

SETTINGS = {
    "start_needed": Text(
        N_("Kontor has not been started."), N_("Use Start synchronising, the last step of the Autotask Integration Guide.")
    ),
    "setting_unknown": Text(N_("There is no setting %(name)s."), N_("kontor settings get lists them all.")),
    "setting_invalid": Text(N_("“%(value)s” is not allowed for %(name)s; allowed: %(expected)s.")),
}

CATALOGUE: dict[str, Text] = {
    **CONNECTION,
    **CONNECTED,
    **RUNS,
    **CONTRACT,
    **POSTING,
    **REASONS,
    **FINDINGS,
    **MAPPINGS,
    **PRODUCTS,
    **FILES,
    **USERS,
    **STARTING,
    **SETTINGS,
}
"""Every key that a Reason, a finding or an error may carry."""

ERROR_CODES: dict[str, Text] = {**CONNECTION, **RUNS, **CONTRACT, **POSTING}
"""The codes that the troubleshooting page explains."""
