"""PURE: what is said of alerts and tickets: failures and what to do about them, reasons, and the words for actions and states."""

from __future__ import annotations

from webapp.alerts import Action, AlertState, Gone, StepKind, StepState, TicketState
from webapp.codes.text import N_, Text

TICKETS = {
    "alerts_forbidden": Text(
        N_("Sophos does not let this credential read the alerts of %(customer)s."),
        N_(
            "In this customer’s Sophos Central, switch Remote assistance (partner access) on, and give the credential a role that may read alerts (Service Principal ReadOnly or higher). Until then Kontor asks once a day; the other customers go on."
        ),
        "sophos",
    ),
    "customer_without_host": Text(
        N_("Sophos has not named an API address for %(customer)s yet."),
        N_("Refresh customer details. A new customer gets its address from Sophos within some hours."),
        "sophos",
    ),
    "ticket_choice_missing": Text(
        N_("It is not chosen yet where tickets go: queue, priority and source."),
        N_("Choose them under Ticket rules. Until then Kontor only says what it would do."),
    ),
    "ticket_choice_inactive": Text(
        N_("The value chosen for %(field)s is no longer active in Autotask."),
        N_("Choose another one under Ticket rules, then retry."),
    ),
    "ticket_refused": Text(
        N_("Autotask refused it: %(text)s (field: %(field)s)."),
        N_("Give the field another value under Ticket rules, or change what Autotask demands of a ticket. Then retry."),
        "autotask",
    ),
    "ticket_field_required": Text(
        N_("Autotask demands the field %(field)s: %(text)s"),
        N_(
            "Give it a value under Ticket rules, or make it optional in Autotask under Features & Settings > Service Desk > Ticket categories. Then retry."
        ),
        "autotask",
    ),
    "ticket_deleted": Text(
        N_("The ticket was deleted in Autotask."),
        N_("Nothing more is written to it. If its trouble comes back, a new ticket is made."),
        "autotask",
    ),
    "ticket_completed_there": Text(
        N_("The ticket was completed in Autotask before this was sent."), N_("Nothing needs to be done.")
    ),
    "ticket_outcome_unknown": Text(
        N_("Autotask did not answer clearly several times, and what was sent cannot be found there."),
        N_("Look into Autotask whether it is there. If not, retry: Kontor looks for it once more before it sends anything."),
        "autotask",
    ),
    "acknowledge_not_offered": Text(
        N_("Sophos does not offer to acknowledge this alert."),
        N_("Deal with it in Sophos Central; it goes away there by itself or by hand."),
        "sophos",
    ),
    "tickets_not_started": Text(
        N_("The mode is Observe or Paused: no ticket is made or changed."),
        N_(
            "Start synchronising under PSA Integration, or set the mode under Sync settings. Until then Kontor says what it would do."
        ),
    ),
    "ticket_key_taken": Text(
        N_("Another ticket in Autotask already carries this key: %(number)s."),
        N_("Look at that ticket. If it is not of this trouble, clear its External ID in Autotask and retry."),
        "autotask",
    ),
    "step_not_failed": Text(
        N_("This is no longer marked as failed."),
        N_("Somebody retried it, or it was given up. Look at the trail again."),
    ),
    "ticket_not_to_give_up": Text(
        N_("Only a ticket that has not reached Autotask can be given up."),
        N_("A ticket that is in Autotask is completed there."),
    ),
    "ticket_under_way": Text(
        N_("It is not known yet whether this ticket arrived."),
        N_("Wait for the next ticket sync: it looks the ticket up in Autotask first."),
    ),
    "give_up_reason": Text(
        N_("Giving up needs a reason of 1 to %(most)s characters."),
        N_("Say in a few words why there will be no ticket."),
    ),
}

TICKET_REASONS = {
    "ticket_created": Text(N_("A ticket was made for it.")),
    "ticket_noted": Text(N_("The same trouble again: noted on its open ticket.")),
    "ticket_completed": Text(N_("The trouble is over: noted, and the ticket completed.")),
    "ticket_reopened": Text(N_("The trouble came back: its ticket was opened again.")),
    "ticket_burst": Text(N_("Many alerts at once: gathered in one ticket.")),
    "alert_shown": Text(N_("Already open when ticket sync was switched on: shown, no ticket.")),
    "alert_ignored": Text(N_("Ignored by rule.")),
    "alert_unmapped": Text(N_("The customer has no company in Autotask: no ticket can be made."), N_("Map the customer.")),
    "alert_waiting": Text(N_("The rule waits until %(until)s; no ticket if it is over by then.")),
    "alert_planned": Text(N_("Would make a ticket, but Kontor may not make any yet.")),
    "ticket_tested": Text(N_("A test ticket, to try the connection.")),
    "ticket_acknowledged": Text(N_("Acknowledged at Sophos, because its ticket is completed.")),
    "ticket_noted_over": Text(N_("The trouble is over: noted.")),
    "alert_acknowledged": Text(N_("Acknowledged by rule, without a ticket.")),
    "alert_over": Text(N_("Over before a ticket was made.")),
    "alert_recovery": Text(N_("Says that a trouble is over: needs no ticket.")),
    "trouble_back": Text(N_("The trouble came back before the ticket was completed, so it stays open.")),
    "ticket_in_work": Text(N_("Somebody began to work on the ticket before it was completed, so it stays open.")),
    "closing_noted": Text(N_("The trouble is over. A technician is assigned or has written, so this was only noted.")),
    "closing_expired": Text(
        N_("Sophos dropped the alert because of its age. That says nothing about the trouble, so this was only noted.")
    ),
    "step_unknown": Text(N_("Not known yet whether it arrived. It is looked up before anything is repeated.")),
    "step_not_sent": Text(N_("Not sent yet. The next ticket sync sends it.")),
}
"""Why an alert or a ticket is as it is."""

TICKET_STATES: dict[str, str] = {
    TicketState.OPENING: N_("Being made"),
    TicketState.OPEN: N_("Open"),
    TicketState.FAILED: N_("Failed"),
    TicketState.COMPLETED: N_("Completed"),
    TicketState.DELETED: N_("Deleted in Autotask"),
    TicketState.DROPPED: N_("Given up"),
}
ALERT_STATES: dict[str, str] = {
    AlertState.UNMAPPED: N_("Not mapped"),
    AlertState.SHOWN: N_("Only shown"),
    AlertState.WAITING: N_("Waits"),
    AlertState.PLANNED: N_("Planned"),
    AlertState.IGNORED: N_("Ignored"),
    AlertState.ACKNOWLEDGED: N_("Acknowledged"),
    AlertState.TICKETED: N_("Has a ticket"),
    AlertState.RECOVERY: N_("Says it is over"),
    AlertState.OVER: N_("Over"),
}
STEP_STATES: dict[str, str] = {
    StepState.PLANNED: N_("Planned"),
    StepState.SENDING: N_("Being sent"),
    StepState.UNKNOWN: N_("Unknown"),
    StepState.DONE: N_("Done"),
    StepState.FAILED: N_("Failed"),
    StepState.DROPPED: N_("No longer wanted"),
}
STEPS: dict[str, str] = {
    StepKind.CREATE: N_("Ticket created"),
    StepKind.NOTE: N_("Note added"),
    StepKind.COMPLETE: N_("Ticket completed"),
    StepKind.REOPEN: N_("Ticket opened again"),
    StepKind.ACKNOWLEDGE: N_("Alert acknowledged in Sophos Central"),
    StepKind.SEEN_COMPLETED: N_("Completed in Autotask"),
    StepKind.SEEN_REOPENED: N_("Opened again in Autotask"),
    StepKind.SEEN_DELETED: N_("Deleted in Autotask"),
}
"""What a step did."""
STEPS_TO_DO: dict[str, str] = {
    StepKind.CREATE: N_("Create the ticket"),
    StepKind.NOTE: N_("Add a note"),
    StepKind.COMPLETE: N_("Complete the ticket"),
    StepKind.REOPEN: N_("Open the ticket again"),
    StepKind.ACKNOWLEDGE: N_("Acknowledge the alert in Sophos Central"),
}
"""What a step is about to do, or failed to do."""
NOTES: dict[str, str] = {
    "repeat": N_("the same trouble again"),
    "gone": N_("the alert is gone from Sophos Central"),
    "expired": N_("the alert expired at Sophos"),
    "recovered": N_("Sophos says that it is over"),
    "burst": N_("more alerts of the burst"),
    "test": N_("test"),
}
"""What a note says."""
GONE: dict[str, str] = {
    Gone.VANISHED: N_("Gone from Sophos Central"),
    Gone.EXPIRED: N_("Expired at Sophos"),
    Gone.RECOVERED: N_("Sophos says that it is over"),
    Gone.ACKNOWLEDGED: N_("Acknowledged by Kontor"),
}
ACTIONS: dict[str, str] = {
    Action.CREATE: N_("Create"),
    Action.IGNORE: N_("Ignore"),
    Action.ACKNOWLEDGE: N_("Acknowledge"),
    StepKind.NOTE: N_("Note"),
    StepKind.COMPLETE: N_("Complete"),
    StepKind.REOPEN: N_("Reopen"),
    "show": N_("Show only"),
    "wait": N_("Wait"),
    "none": N_("Nothing"),
}
"""What a ticket run did, or would do."""
SEVERITIES: dict[str, str] = {"high": N_("High"), "medium": N_("Medium"), "low": N_("Low")}
