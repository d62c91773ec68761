"""PURE: which companies a written name fits, and which come near. Nothing is chosen here: several fits are shown."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from webapp.folding import fold

_FORMS = (
    # Germany, Austria, Switzerland; longest first where one ends with another
    "gesellschaft mit beschraenkter haftung",
    "unternehmergesellschaft haftungsbeschraenkt",
    "ug haftungsbeschraenkt",
    "ug",
    "(?:g?gmbh|ag|se|ug|ug haftungsbeschraenkt|mbh|ltd|limited)(?: (?:und|u|and))? co kg(?:aa)?",
    "(?:g?gmbh|ag|ug)(?: (?:und|u|and))? co ohg",
    "g?gmbh",
    "mbh",
    "kgaa",
    "kg",
    "ohg",
    "gbr",
    "aktiengesellschaft",
    "ag",
    "se",
    "eg",
    "e ?kfm",
    "e ?kfr",
    "e ?k",
    "e ?v",
    "part ?g(?:mbb| mbb)?",
    "partnerschaftsgesellschaft(?: mbb)?",
    "mbb",
    # English speaking countries
    "(?:co |pty |pte )?(?:ltd|limited)",
    "public limited company",
    "p ?l ?c",
    "l ?l ?p",
    "l ?l ?c",
    "incorporated",
    "inc",
    "corporation",
    "corp",
    # the neighbours
    "b ?v(?:ba)?",
    "n ?v",
    "s ?a(?: ?r ?l| ?s)?",
    "s ?p ?a",
    "s ?r ?l",
    "sp z o o",
    "a ?s",
    "aps",
    "ab",
    "oy",
)
_LEGAL_FORM = re.compile(rf" (?:{'|'.join(_FORMS)})$")
_UMLAUT = re.compile("[äöüÄÖÜ\u0308]")
_NEAR_ENOUGH = 60
"""Percent of likeness below which a name is no suggestion."""


@dataclass(frozen=True)
class Candidate:
    """A company as it is offered; ``folded`` is ``fold(name)``."""

    id: int
    name: str
    folded: str
    city: str | None = None
    number: str | None = None


def without_legal_form(folded: str) -> str:
    """A folded name without the legal form at its end: ``carlsen reederei gmbh co kg`` gives ``carlsen reederei``.

    The forms are known as folding leaves them (``B.V.`` is ``b v``), so dots and blanks in them do not matter. A name that
    consists of a legal form alone stays.
    """
    return _LEGAL_FORM.sub("", folded, count=1)


def spellings(name: str) -> frozenset[str]:
    """The folded ways to write a name: Müller is also Mueller and Muller; Mueller is not Muller."""
    composed = unicodedata.normalize("NFC", name).casefold()
    return frozenset({fold(name), fold(composed.translate(str.maketrans("äöü", "aou")))})


class NameIndex:
    """Companies by the names they bear, for looking up many names."""

    def __init__(self, companies: Iterable[Candidate]) -> None:
        self._folded: dict[str, list[Candidate]] = defaultdict(list)
        self._bare: dict[str, list[Candidate]] = defaultdict(list)
        self._spelled: dict[str, list[Candidate]] = defaultdict(list)
        for company in companies:
            self._folded[company.folded].append(company)
            bare = without_legal_form(company.folded)
            self._bare[bare].append(company)
            spelled = {bare} | {
                without_legal_form(way) for way in (spellings(company.name) if _UMLAUT.search(company.name) else ())
            }
            for way in spelled:
                self._spelled[way].append(company)

    def exact(self, name: str) -> list[Candidate]:
        """See ``exact``."""
        folded = fold(name)
        if not folded:
            return []
        if alike := self._folded.get(folded) or self._bare.get(without_legal_form(folded)):
            return alike
        ways = {without_legal_form(way) for way in spellings(name)}
        return list({company.id: company for way in sorted(ways) for company in self._spelled.get(way, ())}.values())


def exact(name: str, companies: Iterable[Candidate]) -> list[Candidate]:
    """The companies that bear this name: written alike, else alike but for the legal form, else but for umlauts.

    The first of these that any company meets counts: ``Bauer AG`` is that one, not also ``Bauer GmbH``.
    """
    return NameIndex(companies).exact(name)


def near(name: str, companies: Sequence[Candidate], limit: int = 8) -> list[Candidate]:
    """At most ``limit`` companies to choose from: the same name first, then those that begin so, then the most alike."""
    folded = fold(name)
    if not folded:
        return []
    placed = sorted(
        (place, company.folded, company.id, company)
        for company in companies
        if (place := _place(company.folded, folded, without_legal_form(folded))) is not None
    )
    found = [company for *_, company in placed[:limit]]
    if len(found) < limit and len(folded) > 2:
        taken = {company.id for company in found}
        choices = {index: company.folded for index, company in enumerate(companies) if company.id not in taken}
        alike = process.extract(
            folded, choices, scorer=fuzz.token_sort_ratio, score_cutoff=_NEAR_ENOUGH, limit=limit - len(found)
        )
        found += [companies[index] for _, _, index in alike]
    return found


def _place(offered: str, folded: str, bare: str) -> int | None:
    """Where an offered name belongs among those that begin as written; None for the others."""
    if offered == folded:
        return 0
    if offered.startswith(bare) and without_legal_form(offered) == bare:
        return 1
    if offered.startswith(folded):
        return 2
    return 3 if f" {folded}" in offered else None
