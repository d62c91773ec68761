"""PURE: Autotask's entities as values of webapp/domain.py. Only ``id`` and the references are required; field names:
autotask-api.md, section 6, and the vendor's Swagger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from webapp.clients.causes import NO_FIGURES, NO_LIST
from webapp.clients.errors import BadAnswer
from webapp.clients.values import decimal, flag, identifier, plain_date, text, whole
from webapp.domain import Company, Contract, ContractService, Service, Threshold, UnitRow

SYSTEM = "Autotask"
Entity = TypeVar("Entity")


def all_of(items: Any, make: Callable[[Mapping[str, Any]], Entity]) -> tuple[Entity, ...]:
    """Each item through ``make``. Raises BadAnswer where it is no list of objects with what they need."""
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadAnswer(SYSTEM, cause=NO_LIST)
    return tuple(make(item) for item in items)


def required(item: Mapping[str, Any], name: str) -> int:
    """An id that must be there. Raises BadAnswer."""
    value = identifier(item.get(name))
    if value is None:
        raise BadAnswer(SYSTEM, cause=f"a row without {name}")
    return value


def company(item: Mapping[str, Any]) -> Company:
    """``Companies``. Id 0 is the Autotask owner's own company and valid."""
    number = required(item, "id")
    return Company(
        id=number,
        name=text(item.get("companyName")) or f"#{number}",
        number=text(item.get("companyNumber"), 50),
        company_type=whole(item.get("companyType")),
        is_active=flag(item.get("isActive"), default=True),
        city=text(item.get("city"), 100),
        web_address=text(item.get("webAddress"), 255),
    )


def contract(item: Mapping[str, Any]) -> Contract:
    """``Contracts``. Start and end are plain dates, whatever time stands behind them (section 3)."""
    number = required(item, "id")
    return Contract(
        id=number,
        company_id=required(item, "companyID"),
        name=text(item.get("contractName")) or f"#{number}",
        number=text(item.get("contractNumber"), 50),
        contract_type=whole(item.get("contractType")),
        status=whole(item.get("status")),
        start_date=plain_date(item.get("startDate")),
        end_date=plain_date(item.get("endDate")),
        period_type=whole(item.get("contractPeriodType")),
        renewed_contract_id=identifier(item.get("renewedContractID")),
    )


def service(item: Mapping[str, Any]) -> Service:
    """``Services``. ``sku`` and ``externalID`` came later than the entity and may be missing."""
    number = required(item, "id")
    return Service(
        id=number,
        name=text(item.get("name")) or f"#{number}",
        sku=text(item.get("sku"), 255),
        external_id=text(item.get("externalID"), 255),
        description=text(item.get("description"), 2000),
        period_type=whole(item.get("periodType")),
        unit_price=decimal(item.get("unitPrice")),
        is_active=flag(item.get("isActive"), default=True),
    )


def contract_service(item: Mapping[str, Any]) -> ContractService:
    """``ContractServices``: which service on which contract; it holds no units."""
    return ContractService(required(item, "id"), required(item, "contractID"), required(item, "serviceID"))


def unit_row(item: Mapping[str, Any]) -> UnitRow:
    """``ContractServiceUnits``: one row for each period. ``approveAndPostDate`` is filled once the period is posted."""
    return UnitRow(
        id=required(item, "id"),
        contract_service_id=required(item, "contractServiceID"),
        start_date=plain_date(item.get("startDate")),
        end_date=plain_date(item.get("endDate")),
        units=whole(item.get("units")),
        price=decimal(item.get("price")),
        posted=bool(item.get("approveAndPostDate")),
    )


def threshold(body: Mapping[str, Any]) -> Threshold:
    """``ThresholdInformation`` (section 4). Raises BadAnswer without the two figures."""
    used, limit = whole(body.get("currentTimeframeRequestCount")), whole(body.get("externalRequestThreshold"))
    if used is None or limit is None or limit <= 0:
        raise BadAnswer(SYSTEM, cause=NO_FIGURES)
    return Threshold(used=used, limit=limit)


def allowed(info: Any, action: str) -> bool | None:
    """Whether ``entityInformation`` says that this user may ``Query`` or ``Create``; None where it does not say.

    The level's values are not documented in words that were found: no, none, 0 and nothing mean no.
    """
    info = info.get("info") if isinstance(info, dict) else None
    if not isinstance(info, dict):
        return None
    if info.get(f"can{action}") is False:
        return False
    level = info.get(f"userAccessFor{action}")
    if level is None or isinstance(level, dict):
        return None
    return str(level).strip().lower() not in ("none", "no", "false", "0", "")
