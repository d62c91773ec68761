"""PURE: what is said when a person takes a run back, decides a conflict, or settles something for one contract."""

from __future__ import annotations

from webapp.codes.text import N_, Text

UNDO = {
    "undo_nothing": Text(
        N_("Run %(run)s changed nothing that could be taken back."), N_("Only changes that were confirmed can be.")
    ),
    "undo_too_early": Text(N_("Run %(run)s has not ended."), N_("Wait until it has ended, or cancel it.")),
    "undo_moved": Text(
        N_("Autotask shows %(units)s units now, not %(expected)s: somebody has changed the line since."),
        N_("Nothing is taken back on this line. Look at the contract in Autotask and change it there if needed."),
        "autotask",
    ),
    "undo_changed": Text(
        N_("The line was changed again by run %(run)s."), N_("Undo that run first, if the line is to go back this far.")
    ),
    "undo_open": Text(
        N_("Another change of this line is under way."), N_("Wait until it is settled, then prepare the undo again.")
    ),
    "undo_other_waits": Text(
        N_("The correction of a conflict waits on this line."), N_("Decide it first, then prepare the undo again.")
    ),
}

CONFLICTS = {
    "conflict_unknown": Text(
        N_("Change %(change)s is no conflict, or no longer."), N_("kontor conflicts list shows those that are open.")
    ),
}

DECISIONS = {
    "hold_undo": Text(N_("Takes back what run %(run)s did.")),
    "hold_correction": Text(N_("Corrects a conflict: Autotask shows %(units)s, %(target)s are used.")),
    "nothing_scheduled": Text(
        N_("No change that somebody scheduled stands in the way on this line."), N_("Sync again to see how it is now.")
    ),
    "not_on_contract": Text(N_("%(customer)s is not mapped to this contract.")),
    "not_left_out": Text(
        N_("%(customer)s takes part in usage sync and is listed by Sophos."),
        N_("Only a customer that is paused or gone can be left out of the sum."),
    ),
    "left_out_reason": Text(N_("Say in a few words why (at most %(most)s characters).")),
    "contract_id_unknown": Text(N_("There is no contract with the id %(contract)s.")),
    "line_not_pinned": Text(N_("The line is not held by an undo.")),
}
