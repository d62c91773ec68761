"""Refusals of the Autotask stand-in, with the texts as recorded (autotask-api.md, section 5)."""

from __future__ import annotations

OUTSIDE_CONTRACT = (
    "ContractServiceAdjustment effectiveDate must be between the start date and end date of the Contract "
    "referenced by contractID."
)
DUPLICATE_ADJUSTMENT = "Attempt to insert duplicate data into contract_service_period"
TOO_MANY_OR = "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."
ROLE_MISSING = "When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID."
NO_PERMISSION = "The logged in Resource does not have the adequate permissions to query this entity type."
WRONG_CODE = "IntegrationCode is invalid."
NO_ZONE = "Zone information could not be determined"
THREADS = "Thread Threshold Exceeded (Itgenatr005)"
DUPLICATE_SERVICE = "Violation of UNIQUE KEY constraint 'IX_service'. Cannot insert duplicate key in object 'dbo.Service'."


class Rule(Exception):
    """A business rule says no: HTTP 500 with {"errors": [text]} unless another status is given.

    `text` None is an answer without a body.
    """

    def __init__(self, text: str | None, status: int = 500) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


def unknown_field(field: str, entity: str) -> Rule:
    """A filter or IncludeFields names a field that the entity does not have."""
    return Rule(f"Unable to find {field} in the {entity} Entity.")


def unknown_reference(field: str, entity: str) -> Rule:
    """A reference to something that is not there, or inactive."""
    return Rule(f"Reference value on field: {field} of type: {entity} does not exist or is invalid.")


def unknown_picklist(field: str) -> Rule:
    """A picklist value that is missing or not offered."""
    return Rule(f"Value does not reference an existing entity for {field} . ")


def field_needed(field: str, text: str) -> Rule:
    """A field that the ticket category makes mandatory is missing. `text` is a switch: the vendor's is not known."""
    return Rule(text.format(field=field))


def not_a_number(value: object) -> Rule:
    """A filter compares a number with a text."""
    return Rule(f"Conversion failed when converting varchar '{value}' to data type int")


def wrong_json(value: object) -> Rule:
    """A body has the wrong JSON type for a field."""
    return Rule(f"Unexpected character encountered while parsing value: {str(value)[:1].lower()}")
