"""Companies and their contracts as they are offered for a mapping. Reads only the mirror in the database."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.context import today
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Company, Contract
from webapp.services import matching
from webapp.services.matching import Candidate

RECURRING = 7
"""``contractType`` of a recurring service contract (autotask-api.md, section 6)."""
IN_EFFECT = 1
"""``status`` of a contract in effect; every other counts as cancelled (design, section 3)."""

OFFERED = and_(Company.is_active, Company.missing_since.is_(None))


@dataclass(frozen=True)
class ContractChoice:
    """A contract in effect, as the select offers it. Dates are plain dates, both inclusive."""

    id: int
    company_id: int
    name: str
    number: str | None
    start_date: date | None
    end_date: date | None
    expired: bool
    upcoming: bool


def is_active(company: Company) -> bool:
    """Whether a customer may be mapped to this company."""
    return company.is_active and company.missing_since is None


def is_in_effect(contract: Contract) -> bool:
    """Whether a mapping may name this contract. An expired one is still in effect; a cancelled or vanished one is not."""
    return contract.status == IN_EFFECT and contract.missing_since is None


def contract_choices(company_ids: Collection[int]) -> Mapping[int, list[ContractChoice]]:
    """The recurring service contracts in effect of each company, in one query: running ones first, then those to come, then
    expired ones, each by name."""
    found: dict[int, list[ContractChoice]] = defaultdict(list)
    if not company_ids:
        return found
    rows = db.session.execute(
        select(Contract.id, Contract.company_id, Contract.name, Contract.number, Contract.start_date, Contract.end_date).where(
            Contract.company_id.in_(company_ids),
            Contract.contract_type == RECURRING,
            Contract.status == IN_EFFECT,
            Contract.missing_since.is_(None),
        )
    )
    day = today()
    for row in rows:
        expired = row.end_date is not None and row.end_date < day
        upcoming = row.start_date is not None and row.start_date > day
        found[row.company_id].append(ContractChoice(*row, expired=expired, upcoming=upcoming and not expired))
    for choices in found.values():
        choices.sort(key=lambda choice: (choice.expired, choice.upcoming, choice.name.casefold(), choice.id))
    return found


def suggestions(text: str, limit: int = 8) -> list[Candidate]:
    """Active companies for what has been typed so far, best first."""
    folded = fold(text)
    if not folded:
        return []
    begins = or_(
        Company.name_folded.startswith(folded, autoescape=True), Company.name_folded.contains(f" {folded}", autoescape=True)
    )
    few = _candidates(begins, most=limit * 10)
    found = matching.near(text, few, limit)
    return found if len(found) == limit else matching.near(text, every_candidate(), limit)


def fitting(name: str) -> list[Candidate]:
    """The active companies that bear this name (see matching.exact)."""
    folded = fold(name)
    if not folded:
        return []
    same = _candidates(Company.name_folded == folded)
    # whatever its legal form, and however its umlauts are written: those that may fit, for matching.exact to judge
    alike = re.sub("[aou]e?", "%", matching.without_legal_form(folded)) + "%"
    return matching.exact(name, same or _candidates(Company.name_folded.like(alike)))


def of_the_same_name(folded: Collection[str]) -> Mapping[str, Candidate]:
    """For each folded name the one active company that is named so, with or without its legal form, in one query."""
    wanted = {name: {name, matching.without_legal_form(name)} for name in folded}
    if not wanted:
        return {}
    by_name = defaultdict(list)
    for candidate in _candidates(Company.name_folded.in_(set().union(*wanted.values()))):
        by_name[candidate.folded].append(candidate)
    fits = {name: by_name[name] or by_name[matching.without_legal_form(name)] for name in wanted}
    return {name: found[0] for name, found in fits.items() if len(found) == 1}


def every_candidate() -> list[Candidate]:
    """All active companies."""
    return _candidates()


def as_params(candidates: Collection[Candidate]) -> list[dict[str, Any]]:
    """Near companies as plain values for a refusal's ``near``."""
    return [{"id": near.id, "name": near.name, "city": near.city, "number": near.number} for near in candidates]


def _candidates(*conditions: ColumnElement[bool], most: int | None = None) -> list[Candidate]:
    columns = select(Company.id, Company.name, Company.name_folded, Company.city, Company.number)
    query = columns.where(OFFERED, *conditions).order_by(Company.name_folded, Company.id).limit(most)
    return [Candidate(*row) for row in db.session.execute(query)]
