"""What the interface must say word for word, in both languages (design, section 2), and the other words that tests press."""

from __future__ import annotations

from typing import Any

LOCALES = {"en": "en-US", "de": "de-DE"}

_WORDS = {
    "configure": ("Configure", "Konfigurieren"),
    "policies": ("Settings & policies", "Einstellungen und Richtlinien"),
    "apis": ("APIs & Integrations", "APIs & Integrationen"),
    "psa": ("PSA Integration", "PSA-Integration"),
    "guide": ("Autotask Integration Guide", "Autotask-Integrationshandbuch"),
    "manage": ("Manage Settings", "Einstellungen verwalten"),
    "customers": ("Customers", "Kunden"),
    "company": ("Autotask Customer Name", "Autotask Kundenname"),
    "save": ("Save", "Speichern"),
    "contract": ("Contract", "Vertrag"),
    "usage_sync": ("Usage sync", "Nutzung synchronisieren"),
    "actions": ("Actions", "Aktionen"),
    "edit_usage": ("Edit usage sync", "Nutzungssynchronisierung bearbeiten"),
    "edit_tickets": ("Edit ticket sync", "Ticketsynchronisierung bearbeiten"),
    "refresh": ("Refresh customer details", "Kundendetails aktualisieren"),
    "all": ("All customers", "Alle Kunden"),
    "available": ("Usage sync available", "Nutzungssynchronisierung verfügbar"),
    "successful": ("Successful", "Erfolgreich"),
    "failed": ("Failed", "Fehlgeschlagen"),
    "sync_now": ("Sync Now", "Jetzt synchronisieren"),
    "tickets": ("Ticket sync", "Tickets synchronisieren"),
    "start": ("Start synchronising", "Synchronisierung starten"),
    "cancel": ("Cancel", "Abbrechen"),
    "approvals": ("Approvals", "Freigaben"),
    "approve": ("Approve", "Freigeben"),
    "approve_one": ("Approve and post 1 change", "1 Änderung freigeben und buchen"),
    "dismiss": ("Dismiss", "Verwerfen"),
    "dismiss_one": ("Dismiss 1 change", "1 Änderung verwerfen"),
    "one_selected": ("1 change selected", "1 Änderung ausgewählt"),
    "decided": ("Decided", "Entschieden"),
    "approved": ("Approved", "Freigegeben"),
    "dismissed": ("Dismissed", "Verworfen"),
    "confirmed": ("Confirmed", "Bestätigt"),
    "troubleshooting": ("Autotask troubleshooting", "Autotask-Fehlerbehebung"),
}


class Labels:
    """``labels.sync_now``: the words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = list(LOCALES).index(language)

    def __getattr__(self, name: str) -> Any:
        try:
            return _WORDS[name][self._place]
        except KeyError as error:
            raise AttributeError(name) from error
