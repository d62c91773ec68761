"""Puts a service on a contract: one POST of a ContractService (reference/autotask-api.md, section 6).

The route is the contract's (``/Contracts/{id}/Services``; there is none at the root), the required fields are the contract and
the service. A contract service holds no unit count, and a price is never sent. It cannot be taken off a contract by API again,
and nothing keeps a service from standing on a contract twice: whoever calls this has read the contract's lines just before, and
reads them again after an outcome that is not clear.
"""

from __future__ import annotations

from collections.abc import Callable

from webapp.clients.autotask.basic import AutotaskBasic
from webapp.clients.autotask.write_once import write_once
from webapp.domain import PostOutcome

ENTITY = "ContractServices"


def add_line(
    basic: AutotaskBasic, *, seconds: float, contract_id: int, service_id: int, timely: Callable[[], bool]
) -> PostOutcome:
    """One POST within ``seconds`` in all, the wait for a slot included, and only while it is ``timely``."""
    body = {"contractID": contract_id, "serviceID": service_id}
    path = f"Contracts/{contract_id}/Services"
    return write_once(basic, path=path, entity=ENTITY, body=body, seconds=seconds, timely=timely)
