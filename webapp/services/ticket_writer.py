"""What stands in tickets and notes, by the settings: language, templates, and the time in the installation's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from webapp.alerts import Alert, Gone
from webapp.context import context
from webapp.services import preferences, ticket_text
from webapp.services.ticket_rules import Rule
from webapp.services.ticket_text import Facts

_FORMATS = {"en": "%Y-%m-%d %H:%M", "de": "%d.%m.%Y %H:%M"}


@dataclass(frozen=True)
class TicketWriter:
    """Writes in one language, with the templates of the settings (empty: the built-in ones)."""

    language: str
    title_template: str
    text_template: str
    zone: tzinfo

    def facts(self, alert: Alert, customer: str) -> Facts:
        """The facts of an alert as tickets show them."""
        local = alert.raised_at.astimezone(self.zone)
        time = f"{local.strftime(_FORMATS[self.language])} {local.strftime('%Z')}".strip()
        return ticket_text.facts_of(alert, customer=customer, time=time, language=self.language)

    def title(self, alert: Alert, customer: str) -> str:
        return ticket_text.title(self.facts(alert, customer), self.title_template)

    def description(self, alert: Alert, customer: str) -> str:
        return ticket_text.description(self.facts(alert, customer), self.text_template)

    def burst(self, alerts: Sequence[Alert], customer: str) -> tuple[str, str]:
        """Title and description of the ticket that gathers these alerts."""
        facts = [self.facts(alert, customer) for alert in alerts]
        return ticket_text.burst_title(facts, customer), ticket_text.burst_description(facts, customer)

    def note(self, what: str, alerts: Sequence[Alert], customer: str) -> tuple[str, str]:
        """Title and text of the note about a repeat (of one alert) or about more alerts of a burst."""
        facts = [self.facts(alert, customer) for alert in alerts]
        text = ticket_text.burst_note(facts) if what == "burst" else ticket_text.repeat_note(facts[0])
        return ticket_text.note_title(what, self.language), text

    def end_note(self, how: Gone, last: Alert, told_by: Alert | None, customer: str) -> tuple[str, str]:
        """Title and text of the note that the trouble is over: ``last`` is its last alert, ``told_by`` the one that says so."""
        facts = self.facts(last, customer)
        if how is Gone.RECOVERED and told_by is not None:
            text = ticket_text.recovered_note(self.facts(told_by, customer), last.id)
        else:
            text = ticket_text.expired_note(facts) if how is Gone.EXPIRED else ticket_text.gone_note(facts)
        what = how if how in (Gone.RECOVERED, Gone.EXPIRED) else "gone"
        return ticket_text.note_title(what, self.language), text

    def test(self) -> tuple[str, str]:
        """Title and description of a test ticket."""
        return ticket_text.test_ticket(self.language)

    def rule_name(self, rule: Rule | None) -> str:
        """A rule in a few words that stay true when it is changed later; empty for none."""
        if rule is None:
            return ""
        fits = (*rule.severities, *rule.categories, *rule.products, *([rule.type_pattern] if rule.type_pattern else []))
        return f"{rule.position}: {', '.join(fits) or '*'}"[:200]


def writer() -> TicketWriter:
    """By the settings as they are now."""
    language = preferences.get("ticket_language") or preferences.get("language")
    return TicketWriter(language, preferences.get("ticket_title"), preferences.get("ticket_text"), context().settings.timezone)
