"""Approve & Post: the step in Autotask that fixes a period's units and makes billing items of them."""

from __future__ import annotations

from datetime import date

from . import units
from .autotask_store import AutotaskStore, Row, day_of, day_text
from .units import UnitRow


def approve_and_post(store: AutotaskStore, *, up_to: date, contract_id: int | None = None) -> int:
    """Post every unit row up to `up_to` that is not posted or has changed since, of one contract or of all.

    Sets approveAndPostDate and makes a BillingItem for each row that changes what is owed. Gives the number of rows.
    The share of a split row is by days of its billing period: the vendor's formula is not known
    (autotask-api.md, section 10, question 6).
    """
    posted = 0
    for line_id, rows in store.lines.items():
        line = store.tables["ContractServices"][line_id]
        if contract_id is not None and line["contractID"] != contract_id:
            continue
        contract = store.tables["Contracts"][line["contractID"]]
        periods = list(
            units.periods(day_of(contract["startDate"]), day_of(contract["endDate"]), contract.get("contractPeriodType"))
        )
        for row in rows:
            if row.start <= up_to and (row.posted is None or row.units != row.billed):
                row.posted = row.posted or store.moment()
                posted += 1
                if row.units != row.billed:
                    store.insert("BillingItems", _item(store, contract, line, row, periods))
                row.billed = row.units
    return posted


def _item(store: AutotaskStore, contract: Row, line: Row, row: UnitRow, periods: list[tuple[date, date]]) -> Row:
    first, last = next((pair for pair in periods if pair[0] <= row.start <= pair[1]), (row.start, row.end))
    share = ((row.end - row.start).days + 1) / ((last - first).days + 1)
    quantity = row.units - row.billed
    amount = round(quantity * row.price * share, 2)
    service = store.tables["Services"][line["serviceID"]]
    return {
        "billingItemType": 1,  # picklist numbers differ between Autotask databases; these are ours
        "subType": 14 if row.adjustment else 13,
        "nonBillable": 0,
        "billingCodeID": service["billingCodeID"],
        "companyID": contract["companyID"],
        "contractID": contract["id"],
        "contractServiceID": line["id"],
        "contractServicePeriodID": row.id,
        "contractServiceAdjustmentID": row.adjustment,
        "serviceID": service["id"],
        "itemName": service["name"],
        "description": f"{service['name']} ({row.start.isoformat()} - {row.end.isoformat()})",
        "itemDate": day_text(row.start),
        "postedDate": day_text(store.now().date()),
        "postedOnTime": row.posted,
        "quantity": float(quantity),
        "rate": row.price,
        "extendedPrice": amount,
        "totalAmount": amount,
        "internalCurrencyRate": row.price,
        "internalCurrencyExtendedPrice": amount,
        "internalCurrencyTotalAmount": amount,
    }
