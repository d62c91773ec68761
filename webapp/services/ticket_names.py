"""PURE: how severities, products and categories are called in a ticket. The ticket's language is a setting, so these names are
no translations of the pages. The values are open lists (reference/sophos-api.md, section 6.2): an unknown one is shown as it
came.
"""

from __future__ import annotations

from collections.abc import Mapping

Names = Mapping[str, tuple[str, str]]
"""Sophos' value in lower case -> (English, German)."""

SEVERITIES: Names = {"high": ("High", "Hoch"), "medium": ("Medium", "Mittel"), "low": ("Low", "Niedrig")}

PRODUCTS: Names = {
    "other": ("Other", "Sonstiges"),
    "endpoint": ("Endpoint", "Endpoint"),
    "server": ("Server", "Server"),
    "mobile": ("Mobile", "Mobilgeräte"),
    "encryption": ("Encryption", "Verschlüsselung"),
    "emailgateway": ("Email", "E-Mail"),
    "webgateway": ("Web Gateway", "Web-Gateway"),
    "phishthreat": ("Phish Threat", "Phish Threat"),
    "wireless": ("Wireless", "WLAN"),
    "iaas": ("Cloud infrastructure", "Cloud-Infrastruktur"),
    "firewall": ("Firewall", "Firewall"),
}

CATEGORIES: Names = {
    "azure": ("Azure", "Azure"),
    "adsync": ("Directory synchronisation", "Verzeichnissynchronisierung"),
    "applicationcontrol": ("Application control", "Anwendungskontrolle"),
    "appreputation": ("App reputation", "App-Reputation"),
    "blocklisted": ("Blocked items", "Gesperrte Objekte"),
    "connectivity": ("Connectivity", "Verbindung"),
    "cwg": ("Web gateway", "Web-Gateway"),
    "denc": ("Device encryption", "Geräteverschlüsselung"),
    "downloadreputation": ("Download reputation", "Download-Reputation"),
    "endpointfirewall": ("Firewall on the device", "Firewall auf dem Gerät"),
    "fenc": ("File encryption", "Dateiverschlüsselung"),
    "forensicsnapshot": ("Forensic snapshot", "Forensischer Snapshot"),
    "general": ("General", "Allgemein"),
    "iaas": ("Cloud infrastructure", "Cloud-Infrastruktur"),
    "iaasazure": ("Cloud infrastructure (Azure)", "Cloud-Infrastruktur (Azure)"),
    "isolation": ("Isolation", "Isolation"),
    "malware": ("Malware", "Malware"),
    "mtr": ("Managed detection and response", "Managed Detection and Response"),
    "mobiles": ("Mobile devices", "Mobilgeräte"),
    "policy": ("Policy", "Richtlinie"),
    "protection": ("Protection", "Schutz"),
    "pua": ("Potentially unwanted application", "Potenziell unerwünschte Anwendung"),
    "runtimedetections": ("Runtime detections", "Laufzeiterkennung"),
    "security": ("Security", "Sicherheit"),
    "smc": ("Mobile device management", "Verwaltung mobiler Geräte"),
    "systemhealth": ("System health", "Systemzustand"),
    "uav": ("User activity verification", "Prüfung von Benutzeraktivitäten"),
    "uncategorized": ("Uncategorised", "Ohne Kategorie"),
    "updating": ("Updating", "Updates"),
    "utm": ("Sophos firewall", "Sophos Firewall"),
    "virt": ("Virtual machines", "Virtuelle Maschinen"),
    "wireless": ("Wireless", "WLAN"),
    "xgemail": ("Email", "E-Mail"),
    # Not in Sophos' list, but seen in public code.
    "credentialmanager": ("Credentials", "Zugangsdaten"),
    "integrations": ("Integrations", "Integrationen"),
}


def name(names: Names, value: str, language: str) -> str:
    """How ``value`` is called in ``language`` ("de", else English); the value itself where it is not known."""
    known = names.get(value.strip().lower())
    return known[language == "de"] if known else value
