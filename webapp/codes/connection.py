"""PURE: what goes wrong, or goes well, between Kontor and the two systems."""

from __future__ import annotations

from webapp.codes.text import N_, Text

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
    "connection_works_for_usage": Text(
        N_("%(system)s: the connection works, and every permission that the usage sync needs is there.")
    ),
    "acknowledge_allowed": Text(N_("Alerts may be acknowledged in Sophos Central."), system="sophos"),
    "acknowledge_denied": Text(
        N_("Alerts may not be acknowledged in Sophos Central with this credential; everything else works."),
        N_(
            "To let completed tickets acknowledge their alerts, create a credential with the role Service Principal Management in Sophos Central Partner and connect with it."
        ),
        "sophos",
    ),
    "acknowledge_unknown": Text(
        N_("Whether alerts may be acknowledged in Sophos Central could not be found out; everything else works."),
        N_("Run kontor check again later. The role Service Principal Management allows it."),
        "sophos",
    ),
    "ticket_rights_there": Text(N_("Every permission that the ticket sync needs is there."), system="autotask"),
    "ticket_rights_unknown": Text(
        N_("Whether every permission that the ticket sync needs is there could not be found out; the usage sync works."),
        N_("Run kontor check again later."),
        "autotask",
    ),
    "tickets_not_readable": Text(
        N_("Tickets may not be read in Autotask: the ticket sync will not work. The usage sync works."),
        N_("To use it, give the security level of the API user the right to view all tickets."),
        "autotask",
    ),
    "tickets_not_creatable": Text(
        N_("Tickets may not be created in Autotask: alerts will not become tickets. The usage sync works."),
        N_("To use the ticket sync, give the security level of the API user the right to add tickets."),
        "autotask",
    ),
    "tickets_not_changeable": Text(
        N_("Tickets may not be changed in Autotask: tickets will not be completed when their alerts are gone."),
        N_("To have them completed, give the security level of the API user the right to edit tickets."),
        "autotask",
    ),
    "ticket_notes_not_readable": Text(
        N_("Notes of tickets may not be read in Autotask: after an unclear outcome Kontor cannot see whether a note arrived."),
        N_("Give the security level of the API user the right to view the notes of all tickets."),
        "autotask",
    ),
    "ticket_notes_not_creatable": Text(
        N_("Notes may not be added to tickets in Autotask: repeated alerts will not be noted on their tickets."),
        N_("To have them noted, give the security level of the API user the right to add notes to tickets."),
        "autotask",
    ),
    "calls_used": Text(N_("Autotask: %(used)s of %(limit)s calls of this hour are used by all integrations together.")),
}
