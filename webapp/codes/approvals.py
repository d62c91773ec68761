"""PURE: what is said when a person decides held changes."""

from __future__ import annotations

from webapp.codes.text import N_, Text

APPROVALS = {
    "posting_paused": Text(
        N_("Nothing is posted at the moment: the mode is Observe or Paused."),
        N_("Set the mode to Automatic or Approve under Sync settings, then approve again."),
    ),
    "change_unknown": Text(
        N_("There is no change %(change)s."),
        N_("Use a number from the Approvals page or from kontor approvals list."),
    ),
    "approval_stale": Text(
        N_("What was to be decided is no longer so: it was %(before)s → %(target)s, now it is: %(cause)s."),
        N_("Nothing was changed by this decision. If the new figures need a person, they wait under Approvals."),
    ),
    "reason_missing": Text(N_("A dismissal needs a reason."), N_("Say in a few words why the change is not made.")),
    "reason_long": Text(N_("A reason has %(most)s characters at most."), N_("Say it more shortly.")),
    "nothing_chosen": Text(N_("No change was chosen."), N_("Tick the changes first.")),
}

CAUSES = (
    N_("dismissed"),
    N_("replaced by newer figures"),
    N_("already posted"),
    N_("no longer planned"),
)
"""What became of a change, as the cause in a sentence."""
