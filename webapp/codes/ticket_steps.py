"""Why a step about a ticket was given up before it was sent."""

from __future__ import annotations

from webapp.codes.text import N_, Text

TICKET_STEPS = {
    "trouble_back": Text(N_("The trouble came back before the ticket was completed, so it stays open.")),
    "ticket_in_work": Text(N_("Somebody began to work on the ticket before it was completed, so it stays open.")),
}
