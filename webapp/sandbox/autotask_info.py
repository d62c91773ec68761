"""entityInformation and its fields: what can be done with an entity, and its picklists (autotask-api.md, section 3).

Picklist values are texts here and integers in the entities; they differ in every Autotask database, so these are the
sandbox's own, except the system ones (ticket status 1 New, 5 Complete; company types; section 8).
"""

from __future__ import annotations

from typing import Any

from .autotask_fields import WITHOUT_USER_FIELDS, Entity, Field
from .switches import Switches

Row = dict[str, Any]
_DATA_TYPES = {
    "int": "integer",
    "long": "long",
    "dec": "double",
    "str": "string",
    "bool": "boolean",
    "date": "datetime",
}
_REFERENCES = {
    "companyid": "Company",
    "contractid": "Contract",
    "serviceid": "Service",
    "contractserviceid": "ContractService",
    "ticketid": "Ticket",
    "renewedcontractid": "Contract",
    "ownerresourceid": "Resource",
    "assignedresourceid": "Resource",
}
_PERIODS = {2: "Monthly", 3: "Quarterly", 4: "Semi-Annual", 5: "Yearly"}
# (entity, field): {value: label}; a label in parentheses is an inactive value.
PICKLISTS: dict[tuple[str, str], dict[int, str]] = {
    ("Company", "companyType"): {1: "Customer", 2: "Lead", 3: "Prospect", 4: "Dead", 6: "Cancelation", 7: "Vendor"},
    ("Contract", "contractType"): {
        1: "Time & Materials",
        3: "Fixed Price",
        4: "Block Hours",
        6: "Retainer",
        7: "Recurring Service",
        8: "Per Ticket",
    },
    ("Contract", "status"): {1: "In Effect", 0: "Inactive"},
    ("Contract", "contractPeriodType"): _PERIODS,
    ("Contract", "contractCategory"): {12: "Managed Security", 15: "Managed Services", 16: "(Legacy)"},
    ("Contract", "timeReportingRequiresStartAndStopTimes"): {0: "No", 1: "Yes"},
    ("Contract", "billingPreference"): {1: "Bill Immediately", 2: "Reconcile"},
    ("Service", "periodType"): _PERIODS,
    ("Ticket", "status"): {
        1: "New",
        5: "Complete",
        8: "In Progress",
        9: "Waiting Materials",
        11: "Escalate",
        12: "Waiting Vendor",
        17: "(On Hold)",
    },
    ("Ticket", "priority"): {4: "Critical", 1: "High", 2: "Medium", 3: "Low"},
    ("Ticket", "queueID"): {
        5: "Client Portal",
        8: "Monitoring Alert",
        29682833: "Level I Support",
        29683354: "Security Operations",
        29683360: "(Migration 2019)",
    },
    ("Ticket", "source"): {
        2: "Insourced",
        4: "E-Mail",
        6: "Phone",
        8: "Monitoring Alert",
        13: "Sophos Central",
        14: "(Fax)",
    },
    ("Ticket", "issueType"): {2: "Hardware", 10: "Computer", 11: "Network", 14: "Security", 15: "(Print)"},
    ("Ticket", "subIssueType"): {136: "Malware", 137: "Firewall", 138: "Protection disabled"},
    ("Ticket", "ticketCategory"): {1: "Standard", 3: "Security Alert", 5: "(Standard (non-editable))"},
    ("Ticket", "ticketType"): {1: "Service Request", 2: "Incident", 3: "Problem", 4: "Change Request", 5: "Alert"},
    ("TicketNote", "noteType"): {1: "Task Summary", 2: "Task Detail", 3: "Task Notes", 13: "(Outlook)"},
    ("TicketNote", "publish"): {1: "All Autotask Users", 2: "Internal Project Team"},
}
_SYSTEM = {("Ticket", "status", 1), ("Ticket", "status", 5), ("Company", "companyType", 1)}
_DEFAULTS = {("Ticket", "status"): 1, ("Ticket", "priority"): 2, ("Ticket", "ticketCategory"): 1}
_PARENT = {("Ticket", "subIssueType"): ("issueType", {136: 14, 137: 11, 138: 14})}


def accepts(entity: Entity, found: Field, value: object, switches: Switches) -> bool:
    """Whether a picklist field may be set to the value; fields without a list of ours take anything."""
    values = PICKLISTS.get((entity.name, found.name))
    return values is None or (isinstance(value, int) and value in values and _is_active(entity, found, value, switches))


def _is_active(entity: Entity, found: Field, value: int, switches: Switches) -> bool:
    if (entity.name, found.name) == ("Ticket", "queueID") and value in switches.inactive_queues:
        return False
    return not PICKLISTS[(entity.name, found.name)][value].startswith("(")


def entity_information(entity: Entity, hidden: bool) -> Row:
    """The answer of /{Entity}/entityInformation; `hidden` when the API user sees no rows of it."""
    verbs = entity.root | entity.child

    def level(allowed: bool) -> str:
        return "All" if allowed else "None"

    can_create, can_update = "POST" in verbs, "PATCH" in verbs
    return {
        "info": {
            "name": entity.name,
            "canCreate": can_create,
            "canDelete": False,
            "canQuery": entity.query,
            "canUpdate": can_update,
            "userAccessForCreate": level(can_create),
            "userAccessForDelete": "None",
            "userAccessForQuery": level(entity.query and not hidden),
            "userAccessForUpdate": level(can_update),
            "hasUserDefinedFields": entity.name not in WITHOUT_USER_FIELDS,
            "supportsWebhookCallouts": entity.name in ("Company", "Ticket", "TicketNote"),
        }
    }


def field_information(entity: Entity, switches: Switches) -> Row:
    """The answer of /{Entity}/entityInformation/fields."""
    return {"fields": [_field(entity, found, switches) for found in entity.fields.values()]}


def _field(entity: Entity, found: Field, switches: Switches) -> Row:
    reference = _REFERENCES.get(found.name.lower(), "")
    parent, _ = _PARENT.get((entity.name, found.name), ("", {}))
    return {
        "name": found.name,
        "dataType": _DATA_TYPES[found.kind],
        "length": found.length,
        "isRequired": found.required,
        "isReadOnly": found.read_only,
        "isQueryable": entity.query and found.name not in ("creatorType", "lastActivityPersonType"),
        "isReference": bool(reference),
        "referenceEntityType": reference,
        "isPickList": found.picklist,
        "picklistValues": _picklist(entity, found, switches) if found.picklist else None,
        "picklistParentValueField": parent,
        "isSupportedWebhookField": False,
    }


def _picklist(entity: Entity, found: Field, switches: Switches) -> list[Row]:
    values = PICKLISTS.get((entity.name, found.name), {})
    _, parents = _PARENT.get((entity.name, found.name), ("", {}))
    return [
        {
            "value": str(value),
            "label": label.removeprefix("(").removesuffix(")") if label.startswith("(") else label,
            "isDefaultValue": _DEFAULTS.get((entity.name, found.name)) == value,
            "sortOrder": order,
            "parentValue": str(parents.get(value, "")),
            "isActive": _is_active(entity, found, value, switches),
            "isSystem": (entity.name, found.name, value) in _SYSTEM,
        }
        for order, (value, label) in enumerate(values.items(), start=1)
    ]
