"""PURE: what becomes of a change that was sent."""

from __future__ import annotations

from webapp.codes.text import N_, Text

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
    "line_exists": Text(
        N_("The service %(service)s is on the contract now."),
        N_("Nothing else was posted for it. The next run plans its quantity."),
    ),
    "line_not_added": Text(
        N_("Autotask did not add the line to the contract."),
        N_("The next run looks at the contract again, and then repeats it."),
    ),
    "line_not_seen": Text(
        N_("Autotask accepted the new line, but does not show it on the contract."),
        N_("Look at the contract in Autotask. If the line is there, the security level of the API user may hide it."),
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
