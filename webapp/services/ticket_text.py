"""PURE: titles and descriptions of tickets and the texts of notes, in the language of the tickets.

Every text but the title holds the alert's id: by it a ticket or note is found again when an answer never came (design, 29).
Limits are Autotask's (reference/autotask-api.md, sections 5 and 8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from webapp.alerts import Alert
from webapp.services.alert_text import one_line, plain, shortened, units
from webapp.services.console_links import link
from webapp.services.recommendations import recommendation
from webapp.services.ticket_names import CATEGORIES, PRODUCTS, SEVERITIES, name
from webapp.services.ticket_templates import Values, filled, fitting, named
from webapp.services.ticket_words import PLACEHOLDERS, TicketWords, words

TITLE_LENGTH = 255
DESCRIPTION_LENGTH = 8000
NOTE_LENGTH = 32000

# What is cut first when a text is too long: the device and the id are what tickets are found by.
_ORDER = ("what", "recommendation", "link", "type", "person", "category", "product", "customer", "time", "severity", "device")
# "on {device}" goes with its device: nothing is "on" nothing.
_ON_DEVICE = re.compile(r"\s*\b(?:on|at|auf|an|bei|von)\s+\{device\}", re.IGNORECASE)
# What joined a title to a value that is empty: "Trouble - ", "Sophos:".
_LOOSE_END = re.compile(r"(?:\s+[-–·|]|[:,])\s*$")
_LIST_WIDTHS = (160, 60, 0)


@dataclass(frozen=True)
class Facts:
    """What a ticket says about one alert, as shown: names in the tickets' language, ``time`` written in the installation's zone,
    ``what`` as plain text. Empty where it is not known; ``alert_id`` never is."""

    alert_id: str
    severity: str = ""
    customer: str = ""
    device: str = ""
    person: str = ""
    time: str = ""
    product: str = ""
    category: str = ""
    what: str = ""
    type: str = ""
    recommendation: str = ""
    link: str = ""
    language: str = "en"

    def values(self) -> dict[str, str]:
        """By placeholder; all in one line but ``what``."""
        shown = {each.name: one_line(getattr(self, each.name)) for each in fields(self) if each.name in PLACEHOLDERS}
        return {**shown, "what": self.what.strip(), "alert_id": self.alert_id}


def facts_of(alert: Alert, *, customer: str, time: str, language: str) -> Facts:
    """The facts of ``alert``; ``time`` is when it was raised, written as the tickets shall show it."""
    return Facts(
        alert_id=alert.id,
        severity=name(SEVERITIES, alert.severity, language),
        customer=customer,
        device=alert.device_name,
        person=alert.person,
        time=time,
        product=name(PRODUCTS, alert.product, language),
        category=name(CATEGORIES, alert.category, language),
        what=plain(alert.description) or alert.type,
        type=alert.type,
        recommendation=recommendation(alert.type, alert.category, language),
        link=link(alert),
        language=language,
    )


def title(facts: Facts, template: str = "") -> str:
    """One line of at most 255 characters; ``what`` is cut first, the device last. No template: that of the language."""
    template = template.strip() or words(facts.language).title
    if not one_line(facts.device):
        template = _ON_DEVICE.sub("", template)
    values = facts.values()
    values["what"] = one_line(facts.what).rstrip(" .") or values["type"] or facts.alert_id

    def render(values: Values) -> str:
        return _LOOSE_END.sub("", one_line(filled(template, values)))

    return fitting(template, values, render, TITLE_LENGTH, _ORDER) or shortened(f"Sophos {facts.alert_id}", TITLE_LENGTH)


def description(facts: Facts, template: str = "") -> str:
    """At most 8000 characters, always with the alert's id. Lines whose placeholders are all empty are left out; ``what`` is cut
    first. No template: that of the language."""
    own = words(facts.language)
    template = template.strip() or own.description
    tail = "\n\n" + _id_line(facts)

    def render(values: Values) -> str:
        return _without_empty_lines(template, values)

    values = facts.values()
    text = fitting(template, values, render, DESCRIPTION_LENGTH, _ORDER)
    if facts.alert_id in text:
        return text
    room = DESCRIPTION_LENGTH - units(tail)
    return (fitting(template, values, render, room, _ORDER) + tail).strip()


def _without_empty_lines(template: str, values: Values) -> str:
    lines: list[str] = []
    for line in template.splitlines():
        names = [each for each in named(line) if each in values]
        if names and not any(values[each] for each in names):
            continue
        if line.strip() or (lines and lines[-1]):
            lines.append(filled(line, values).rstrip() if line.strip() else "")
    return "\n".join(lines).strip()


def burst_title(facts: Sequence[Facts], customer: str) -> str:
    """The title of one ticket for many alerts of a customer."""
    own = _words_of(facts)
    values = {"count": str(len(facts)), "customer": one_line(customer)}
    return fitting(own.burst_title, values, lambda given: filled(own.burst_title, given), TITLE_LENGTH, ("customer",))


def burst_description(facts: Sequence[Facts], customer: str) -> str:
    """One line for each alert with its id, as many as fit, then how many more there are."""
    own = _words_of(facts)
    return _with_list(filled(own.burst, _count(facts, customer)), facts, DESCRIPTION_LENGTH)


def burst_note(facts: Sequence[Facts]) -> str:
    """The note on a burst's ticket about alerts that came after it was opened."""
    own = _words_of(facts)
    return _with_list(filled(own.burst_note, _count(facts, facts[0].customer if facts else "")), facts, NOTE_LENGTH)


def test_ticket(language: str) -> tuple[str, str]:
    """Title and description of a ticket that only tries the connection."""
    own = words(language)
    return own.test_title, own.test


def note_title(what: str, language: str) -> str:
    """The title of a note of this kind (repeat, gone, expired, recovered, burst), at most 250 characters."""
    own = words(language)
    titles = {
        "repeat": own.repeat_title,
        "gone": own.gone_title,
        "expired": own.expired_title,
        "recovered": own.recovered_title,
        "burst": own.burst_note_title,
    }
    return titles[what]


def repeat_note(facts: Facts) -> str:
    """The note about a repeated alert: when, what, where, and its id."""
    return _note(words(facts.language).repeat, facts)


def gone_note(facts: Facts) -> str:
    """The note that the alert is no longer open, which counts as the end of the trouble."""
    return _note(words(facts.language).gone, facts)


def expired_note(facts: Facts) -> str:
    """The note that the alert is too old for Sophos to list (90 days: reference/sophos-api.md, section 6.2): no end is known."""
    return _note(words(facts.language).expired, facts)


def recovered_note(up: Facts, down_id: str = "") -> str:
    """The note that Sophos itself tells the end, by the alert ``up``. ``down_id``: the alert whose trouble is over."""
    own = words(up.language)
    ends = f"\n{filled(own.recovered_alert_id, {'alert_id': down_id})}" if down_id else ""
    return _note(own.recovered, up) + ends


def _note(sentence: str, facts: Facts) -> str:
    where = " · ".join(part for part in (one_line(facts.time), one_line(facts.device)) if part)
    parts = (shortened(where, 500), shortened(facts.what.strip(), 4000))
    return "\n".join([sentence, *(part for part in parts if part), "", _id_line(facts)])


def _id_line(facts: Facts) -> str:
    return filled(words(facts.language).alert_id, {"alert_id": facts.alert_id})


def _words_of(facts: Sequence[Facts]) -> TicketWords:
    return words(facts[0].language if facts else "en")


def _count(facts: Sequence[Facts], customer: str) -> Values:
    return {"count": str(len(facts)), "customer": shortened(one_line(customer), 200)}


def _with_list(intro: str, facts: Sequence[Facts], limit: int) -> str:
    """``intro`` and a line for each alert. When they do not all fit, less is said of each; the ids go last."""
    rows: list[str] = []
    for width in _LIST_WIDTHS:
        rows = [_row(each, width) for each in facts]
        if sum(units(row) + 1 for row in rows) <= limit - units(intro) - 2:
            return "\n".join([intro, "", *rows])
    more = _words_of(facts).more
    room = limit - units(intro) - 2 - units(filled(more, {"count": str(len(facts))})) - 1
    fitted = 0
    while fitted < len(rows) and (room := room - units(rows[fitted]) - 1) >= 0:
        fitted += 1
    return "\n".join([intro, "", *rows[:fitted], filled(more, {"count": str(len(facts) - fitted)})])


def _row(facts: Facts, width: int) -> str:
    """One alert in one line, with ``width`` units for what Sophos says of it; 0: the id alone."""
    if not width:
        return f"- {facts.alert_id}"
    shown = [shortened(one_line(part), width) for part in (facts.time, facts.severity, facts.device, facts.what)]
    return "- " + " · ".join([*(part for part in shown if part), facts.alert_id])
