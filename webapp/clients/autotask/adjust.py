"""Posts one ContractServiceAdjustment (design, section 7.2 "Posting").

Autotask takes only relative changes, cannot be asked about them and has no idempotency key: an outcome that is not clear is
``UNKNOWN``, and only reading the units back can settle it. The body is three fields, never a price.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from webapp.clients.autotask.basic import AutotaskBasic
from webapp.clients.autotask.write_once import write_once
from webapp.domain import PostOutcome

ENTITY = "ContractServiceAdjustments"


def adjust(
    basic: AutotaskBasic,
    *,
    seconds: float,
    contract_service_id: int,
    unit_change: int,
    effective_date: date,
    timely: Callable[[], bool],
) -> PostOutcome:
    """One POST within ``seconds`` in all, the wait for a slot included, and only while it is ``timely``. ``effective_date`` is a
    plain date."""
    body = {
        "contractServiceID": contract_service_id,
        "unitChange": unit_change,
        "effectiveDate": f"{effective_date.isoformat()}T00:00:00",
    }
    return write_once(basic, path=ENTITY, entity=ENTITY, body=body, seconds=seconds, timely=timely)
