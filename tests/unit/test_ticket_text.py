"""Titles, descriptions and notes of tickets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.alert_values import alert
from webapp.codes import CATALOGUE
from webapp.services import ticket_text
from webapp.services.alert_text import units
from webapp.services.console_links import ALERTS, link
from webapp.services.recommendations import BY_CATEGORY, BY_TYPE, recommendation
from webapp.services.ticket_names import CATEGORIES
from webapp.services.ticket_rules import pattern_problem
from webapp.services.ticket_templates import template_problem
from webapp.services.ticket_text import Facts, facts_of
from webapp.services.ticket_words import ENGLISH, GERMAN, PLACEHOLDERS

FACTS = facts_of(alert(), customer="Muster GmbH", time="23.11.2026 13:00", language="en")
GERMAN_FACTS = facts_of(alert(), customer="Muster GmbH", time="23.11.2026 13:00", language="de")

texts = st.text(max_size=30) | st.sampled_from(["", "long words " * 900, "🔥" * 500])
facts = st.builds(
    Facts,
    alert_id=st.uuids().map(str),
    **{each: texts for each in PLACEHOLDERS if each != "alert_id"},
    language=st.sampled_from(["en", "de"]),
)
templates = st.just("") | st.text(max_size=80) | st.lists(
    st.sampled_from([f"{{{each}}}" for each in PLACEHOLDERS] + ["\n", " ", "{{", "}}", "x" * 300, "on ", "{"]), max_size=14
).map("".join)  # fmt: skip


def test_a_title_says_what_and_where_in_the_language_of_the_tickets() -> None:
    assert ticket_text.title(FACTS) == "Sophos: Gateway 'Fibre' is Down on fw-office"
    assert ticket_text.title(GERMAN_FACTS) == "Sophos: Gateway 'Fibre' is Down auf fw-office"


@pytest.mark.parametrize("template", ["", "Sophos: {what} on {device}", "Sophos: {what} auf {device}", "{what} - {device}"])
def test_a_title_without_device_does_not_end_in_the_air(template: str) -> None:
    title = ticket_text.title(replace(FACTS, device=""), template)
    assert title.removeprefix("Sophos: ") == "Gateway 'Fibre' is Down"


def test_a_long_title_keeps_the_device_and_cuts_what_happened() -> None:
    title = ticket_text.title(replace(FACTS, what="something went wrong " * 50))
    assert title.endswith("… on fw-office")
    assert 240 < len(title) <= 255


def test_a_description_leaves_out_what_is_not_known() -> None:
    bare = facts_of(
        alert(severity="urgent", category="x", device_name="", type="T", product=""), customer="C", time="", language="en"
    )
    lines = ticket_text.description(bare).splitlines()
    assert lines == [
        "Severity: urgent",
        "Customer: C",
        "Category: x",
        "Type: T",
        "",
        "Gateway 'Fibre' is Down",
        "",
        f"Alert ID: {bare.alert_id}",
    ]


def test_a_german_description_is_german_throughout() -> None:
    text = ticket_text.description(GERMAN_FACTS)
    for line in ("Schweregrad: Hoch", "Kategorie: Verbindung", "Produkt: Firewall", "Gemeldet: 23.11.2026 13:00"):
        assert line in text.splitlines()
    assert "Empfehlung: Prüfen Sie" in text


def test_a_long_description_loses_what_sophos_says_and_nothing_else() -> None:
    text = ticket_text.description(replace(FACTS, what="very long " * 2000))
    assert 7900 < len(text) <= 8000
    assert text.endswith(f"…\n\nWhat to do: {FACTS.recommendation}\n\nAlert ID: {FACTS.alert_id}")


def test_a_template_without_the_alerts_id_gets_it_all_the_same() -> None:
    assert ticket_text.description(FACTS, "{what} {{x}}").splitlines() == [
        "Gateway 'Fibre' is Down {x}",
        "",
        f"Alert ID: {FACTS.alert_id}",
    ]


def test_a_value_is_never_read_as_a_template() -> None:
    assert ticket_text.title(replace(FACTS, what="{customer} {{")) == "Sophos: {customer} {{ on fw-office"


@given(facts, templates)
def test_titles_and_descriptions_always_fit(given_facts: Facts, template: str) -> None:
    title = ticket_text.title(given_facts, template)
    assert title
    assert len(title.splitlines()) == 1
    assert units(title) <= 255
    text = ticket_text.description(given_facts, template)
    assert units(text) <= 8000
    assert given_facts.alert_id in text


@given(facts, st.text(min_size=1, max_size=63, alphabet="abcXYZ0123"))
def test_an_ordinary_device_name_is_always_in_the_title(given_facts: Facts, device: str) -> None:
    assert device in ticket_text.title(replace(given_facts, device=device))


@given(facts)
def test_every_note_carries_the_alerts_id_and_fits(given_facts: Facts) -> None:
    notes = (
        ticket_text.repeat_note(given_facts),
        ticket_text.gone_note(given_facts),
        ticket_text.expired_note(given_facts),
        ticket_text.recovered_note(given_facts, "the-first-id"),
        ticket_text.burst_note([given_facts]),
    )
    for note in notes:
        assert given_facts.alert_id in note
        assert units(note) <= 32000
    assert "the-first-id" in notes[3]


@settings(max_examples=15, deadline=None)
@given(st.lists(facts, max_size=3), st.integers(1, 120), texts)
def test_many_alerts_fit_one_ticket_and_none_is_passed_over_in_silence(some: list[Facts], times: int, customer: str) -> None:
    many = [replace(each, alert_id=f"{each.alert_id}-{at}") for at in range(times) for each in some]
    assert units(ticket_text.burst_title(many, customer)) <= 255
    text = ticket_text.burst_description(many, customer)
    assert units(text) <= 8000
    shown = sum(each.alert_id in text for each in many)
    missing = len(many) - shown
    # A shorter id can be the beginning of a longer one: so at least as many are missing as the text says.
    assert missing == 0 or any(f" {n} " in text.splitlines()[-1] for n in range(missing, len(many) + 1))


def test_when_not_all_alerts_fit_the_rest_is_counted() -> None:
    many = [replace(FACTS, alert_id=f"{at:036}") for at in range(400)]
    lines = ticket_text.burst_description(many, "Muster GmbH").splitlines()
    assert lines[-1] == f"and {400 - (len(lines) - 3)} more"
    assert ticket_text.burst_title(many, "Muster GmbH") == "Sophos: 400 alerts at Muster GmbH"


def test_each_kind_of_note_has_a_title_in_both_languages() -> None:
    titles = [
        ticket_text.note_title(what, lang)
        for what in ("repeat", "gone", "expired", "recovered", "burst")
        for lang in ("en", "de")
    ]
    assert len(set(titles)) == 10
    assert max(map(len, titles)) <= 250


@pytest.mark.parametrize(
    ("template", "code", "params"),
    [
        ("{what} on {device}", None, {}),
        ("{{not a placeholder}}", None, {}),
        ("{{{what}}}", None, {}),
        ("{devise}", "placeholder_unknown", {"name": "devise"}),
        ("{what!r}", "placeholder_unknown", {"name": "what!r"}),
        ("{}", "placeholder_unknown", {"name": ""}),
        ("ab {what", "brace_unbalanced", {"at": 4}),
        ("what}", "brace_unbalanced", {"at": 5}),
    ],
)
def test_a_wrong_template_is_told_where_it_is_wrong(template: str, code: str | None, params: dict[str, object]) -> None:
    problem = template_problem(template)
    assert (problem[0] if problem else None) == code
    if problem:
        assert params.items() <= problem[1].items()
        assert CATALOGUE[problem[0]].message % problem[1]


def test_the_own_templates_are_good_in_both_languages() -> None:
    for own in (ENGLISH, GERMAN):
        assert template_problem(own.title) is None
        assert template_problem(own.description) is None


def test_all_categories_of_sophos_have_a_name() -> None:
    assert len(CATEGORIES) == 33 + 2
    assert all(english and german for english, german in CATEGORIES.values())


def test_recommendations_are_found_by_type_before_category() -> None:
    assert "real-time" in recommendation("Event::Endpoint::SavDisabled", "policy", "en")
    assert "Richtlinie" in recommendation("Event::Endpoint::SomethingNew", "policy", "de")
    assert recommendation("Event::Endpoint::SomethingNew", "general", "en") == ""
    assert recommendation("Event::Firewall::FirewallGatewayUp", "connectivity", "en") == ""
    assert not [pattern for pattern, *_ in BY_TYPE if pattern_problem(pattern)]
    assert set(BY_CATEGORY) <= set(CATEGORIES)


def test_only_computers_and_servers_have_a_link_into_the_console() -> None:
    computer = link(alert(device_type="computer", device_id="01234567-89ab-cdef-0123-456789abcdef"))
    assert computer == "https://central.sophos.com/manage/endpoint/devices/computers/10325476-98ba-dcfe-1032-547698badcfe/summary"
    assert "/devices/servers/" in link(alert(device_type="server"))
    assert link(alert(device_type="server", device_id="what")) == ALERTS
    assert link(alert()) == ""
