"""The German catalogue is whole, means the same figures as the English, and is compiled as it stands."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog

from webapp import translations_build

LABELS = {
    "Configure": "Konfigurieren",
    "Settings & policies": "Einstellungen und Richtlinien",
    "APIs & Integrations": "APIs & Integrationen",
    "PSA Integration": "PSA-Integration",
    "Autotask Integration Guide": "Autotask-Integrationshandbuch",
    "Manage Settings": "Einstellungen verwalten",
    "Customers": "Kunden",
    "Autotask Customer Name": "Autotask Kundenname",
    "Save": "Speichern",
    "Contract": "Vertrag",
    "Usage sync": "Nutzung synchronisieren",
    "Actions": "Aktionen",
    "Edit usage sync": "Nutzungssynchronisierung bearbeiten",
    "Edit ticket sync": "Ticketsynchronisierung bearbeiten",
    "Refresh customer details": "Kundendetails aktualisieren",
    "All customers": "Alle Kunden",
    "Usage sync available": "Nutzungssynchronisierung verfügbar",
    "Successful": "Erfolgreich",
    "Failed": "Fehlgeschlagen",
    "Sync Now": "Jetzt synchronisieren",
    "Autotask troubleshooting": "Autotask-Fehlerbehebung",
}
"""What Sophos Central calls things; word for word, so that people find them again."""

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{n\}")


@pytest.fixture(scope="module")
def german() -> Catalog:
    return translations_build.read(translations_build.FOLDER / "messages.po")


def test_every_text_of_the_sources_has_a_german_translation() -> None:
    assert translations_build.untranslated(translations_build.updated([])) == []


def test_the_catalogue_holds_no_text_that_the_sources_no_longer_have(german: Catalog) -> None:
    current = {(message.id, message.context) for message in translations_build.sources()}
    assert [message.id for message in german if (message.id, message.context) not in current and message.id] == []


def test_every_translation_names_the_same_figures(german: Catalog) -> None:
    for message in german:
        if not message.id:
            continue
        texts = message.id if isinstance(message.id, tuple | list) else [message.id]
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = set().union(*(PLACEHOLDER.findall(text) for text in texts))
        for string in strings:
            named = set(PLACEHOLDER.findall(string or ""))
            assert named <= wanted, f"{message.id}: {named - wanted} is not in the English text"
            assert named >= wanted - {"num"}, f"{message.id}: {wanted - named} is missing in the German text"


def test_a_percent_sign_is_doubled_wherever_figures_are_filled_in(german: Catalog) -> None:
    for message in german:
        for text in [message.id, message.string]:
            for each in text if isinstance(text, tuple | list) else [text or ""]:
                if PLACEHOLDER.search(each):
                    assert not re.search(r"(?<!%)%(?![(%])", each.replace("%%", "")), each


@pytest.mark.parametrize(("english", "word"), LABELS.items())
def test_labels_are_those_of_sophos_central(german: Catalog, english: str, word: str) -> None:
    message = german.get(english)
    assert message is not None
    assert message.string == word


def test_the_compiled_catalogue_is_that_of_the_text_file(german: Catalog) -> None:
    kept = (translations_build.FOLDER / "messages.mo").read_bytes()
    assert kept == translations_build.compiled(german), "run python -m webapp.translations_build"
