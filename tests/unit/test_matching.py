"""Which companies a written name fits, and which come near."""

from __future__ import annotations

import pytest

from webapp.folding import fold
from webapp.services.matching import Candidate, exact, near, spellings, without_legal_form

FORMS = """
GmbH, GmbH & Co. KG, GmbH und Co KG, GmbH & Co. KGaA, UG, UG (haftungsbeschränkt), UG (haftungsbeschränkt) & Co. KG, AG,
AG & Co. KG, SE, KG, KGaA, OHG, GbR, mbH, e.K., e. K., eK, e.V., e. V., PartG mbB, PartG, mbB, gGmbH, eG, Ltd, Ltd., Limited,
Co. Ltd., LLP, L.L.P., Inc, Inc., LLC, L.L.C., PLC, p.l.c., B.V., N.V., S.A., SA, S.à r.l., S.p.A., S.r.l., ApS, A/S, Oy
""".replace("\n", " ").split(", ")


def companies(*names: str) -> list[Candidate]:
    return [Candidate(number, name, fold(name)) for number, name in enumerate(names, start=1)]


def names(found: list[Candidate]) -> list[str]:
    return [company.name for company in found]


@pytest.mark.parametrize("form", FORMS)
def test_a_legal_form_at_the_end_is_taken_away(form: str) -> None:
    assert without_legal_form(fold(f"Hansen Söhne {form}")) == "hansen soehne"


@pytest.mark.parametrize("name", ["Casa", "NASA", "GmbH", "AG Rechtsberatung", "Kolleg", "Saab", "Preise", "Stage"])
def test_a_word_that_only_looks_like_a_legal_form_stays(name: str) -> None:
    assert without_legal_form(fold(name)) == fold(name)


@pytest.mark.parametrize("written", ["Müller Bau GmbH", "MUELLER BAU GMBH", "Muller Bau", "müller-bau gmbh", "Mu\u0308ller  Bau"])
def test_umlauts_are_found_however_they_are_written(written: str) -> None:
    assert names(exact(written, companies("Müller Bau GmbH", "Meier Bau GmbH"))) == ["Müller Bau GmbH"]


def test_a_vowel_with_e_in_a_company_is_not_read_as_an_umlaut() -> None:
    assert spellings("Bauer") == {"bauer"}
    assert exact("Baur", companies("Bauer")) == []


def test_the_name_as_written_goes_before_the_name_without_legal_form() -> None:
    assert names(exact("Bauer AG", companies("Bauer GmbH", "Bauer AG"))) == ["Bauer AG"]


def test_a_name_without_legal_form_fits_all_companies_of_that_name() -> None:
    assert names(exact("Bauer", companies("Bauer GmbH", "Bauer AG", "Brauer AG"))) == ["Bauer GmbH", "Bauer AG"]


@pytest.mark.parametrize("written", ["", "   ", "...", "🙂"])
def test_a_name_without_letters_fits_nothing(written: str) -> None:
    assert exact(written, companies("Bauer", "...")) == []
    assert near(written, companies("Bauer", "...")) == []


def test_suggestions_begin_with_the_same_name_then_the_same_beginning_then_likeness() -> None:
    offered = companies(
        "MVZ Ahrensburg GmbH", "Arens Söhne GmbH", "Ahrens Söhne Tiefbau", "Ahrens Söhne AG", "Ahrens & Söhne", "Zoo"
    )
    assert names(near("Ahrens & Söhne", offered)) == [
        "Ahrens & Söhne",
        "Ahrens Söhne AG",
        "Ahrens Söhne Tiefbau",
        "Arens Söhne GmbH",
    ]


def test_the_beginning_of_any_word_is_found() -> None:
    assert names(near("ahren", companies("Zoo", "MVZ Ahrensburg GmbH"))) == ["MVZ Ahrensburg GmbH"]


def test_words_in_another_order_are_near() -> None:
    assert names(near("Partner & Amsel", companies("Amsel und Partner", "Zoo"))) == ["Amsel und Partner"]


def test_at_most_the_limit_is_offered() -> None:
    assert len(near("Bauer", companies(*["Bauer"] * 20), limit=3)) == 3


def test_a_name_of_500_letters_is_answered() -> None:
    assert near("ab " * 166, companies("Bauer", "ab " * 166))[0].id == 2
