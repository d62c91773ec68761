"""PURE: links into Sophos Central.

Sophos' own ticket sync links to the page of a computer or server, and to nothing else (reference/sophos-psa-integration.md,
section 6). The API's answers hold no such address (reference/sophos-api.md, section 6.2), so its form is learned from public
code: several reporting scripts and a device page build it the same way, with addresses copied from a browser beside them. It is
no documented interface. A person who is not signed in to the customer's console is asked to sign in first.
"""

from __future__ import annotations

from uuid import UUID

from webapp.alerts import Alert

COMPUTER = "https://central.sophos.com/manage/endpoint/devices/computers/{id}/summary"
SERVER = "https://central.sophos.com/manage/server/devices/servers/{id}/summary"
"""Fairly sure: seen with these paths in public code, but never confirmed by Sophos."""
ALERTS = "https://central.sophos.com/manage/alerts"
"""Less sure: public code opens this page on Sophos' older host name. Shown where the device's id has an unknown form."""

_PAGES = {"computer": COMPUTER, "server": SERVER}


def link(alert: Alert) -> str:
    """The address of the page of the alert's computer or server; empty for alerts about anything else."""
    page = _PAGES.get(alert.device_type.strip().lower())
    if page is None:
        return ""
    console_id = _console_id(alert.device_id)
    return page.format(id=console_id) if console_id else ALERTS


def _console_id(device_id: str) -> str:
    """The id as the console writes it: the API's with the two digits of each byte swapped. Empty if it is no UUID."""
    try:
        digits = UUID(device_id.strip()).hex
    except ValueError:
        return ""
    return str(UUID("".join(digits[at + 1] + digits[at] for at in range(0, 32, 2))))
