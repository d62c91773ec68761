"""The resources of the Autotask stand-in: the API user, who makes what the API makes, and technicians."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
API_RESOURCE = 29_682_880
"""The resource behind the API's credentials. It cannot be assigned to a ticket (autotask-api.md, section 8)."""
ROLE = 29_682_834
"""The role in which technicians are assigned."""
API_LICENCE, FULL_LICENCE = 7, 1


def person(first: str, last: str, *, is_active: bool = True, licence: int = FULL_LICENCE) -> Row:
    """A resource as a row without an id."""
    return {
        "firstName": first,
        "lastName": last,
        "email": f"{first}.{last}@sandbox.example".lower(),
        "isActive": is_active,
        "userName": f"{first}{last}".lower(),
        "resourceType": "Employee",
        "licenseType": licence,
        "userType": 10,
        "locationID": 90682,
        "payrollType": 1,
        "numberFormat": "X,XXX.XX",
        "emailTypeCode": "PRIMARY",
        "hireDate": "2019-01-07T00:00:00Z",
    }


def api_user() -> Row:
    """The row of the API user."""
    return {"id": API_RESOURCE, **person("API", "Kontor", licence=API_LICENCE)}
