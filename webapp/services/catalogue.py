"""Autotask's services as they are offered for a product. Reads only the mirror in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from webapp.errors import Refused
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Service
from webapp.services import matching
from webapp.services.matching import Candidate


def suggestions(text: str, limit: int = 8) -> list[Candidate]:
    """Active services for what has been typed so far, best first; ``number`` is the SKU."""
    return matching.near(text, _candidates(), limit)


def service_id(name: str) -> int:
    """The one active service of this name (or this SKU); Refused with the near ones where there is none or are several."""
    folded = fold(name)
    fits = [one for one in _candidates() if folded and (one.folded == folded or fold(one.number or "") == folded)]
    if len(fits) == 1:
        return fits[0].id
    if fits:
        raise Refused("service_not_unique", "service", service=name, count=len(fits), near=_as_params(fits[:8]))
    raise Refused("service_unknown", "service", service=name, near=_as_params(suggestions(name)))


def _candidates() -> list[Candidate]:
    columns = select(Service.id, Service.name, Service.name_folded, Service.sku)
    offered = columns.where(Service.is_active, Service.missing_since.is_(None)).order_by(Service.name_folded, Service.id)
    return [Candidate(id=row.id, name=row.name, folded=row.name_folded, number=row.sku) for row in db.session.execute(offered)]


def _as_params(candidates: Collection[Candidate]) -> list[dict[str, Any]]:
    return [{"id": near.id, "name": near.name, "number": near.number} for near in candidates]
