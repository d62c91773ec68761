"""PURE: what a technician can do about an alert, where that is known. Own words, short, in the language of the ticket.

A type goes before its category, and the first type that fits decides. Nothing is said about alerts that nothing is known about.
"""

from __future__ import annotations

from webapp.services.recoveries import is_recovery
from webapp.services.ticket_rules import type_fits

BY_TYPE: tuple[tuple[str, str, str], ...] = (
    ("*Success*, HmpaCryptoGuard*Resolved", "", ""),
    (
        "SavDisabled",
        "Switch real-time protection on again, or find out who switched it off and why.",
        "Schalten Sie den Echtzeitschutz wieder ein, oder klären Sie, wer ihn warum abgeschaltet hat.",
    ),
    (
        "CoreCleanFailed, CoreHmpaCleanFailed, CoreSystemCleanFailed, CoreBlocklistCleanFailed, CoreAmsiCleanFailed,"
        " CoreIpsCleanFailed,"
        " CleanupFailed, HIPSCleanupFailed, *::CleanupFailed::*, *::HIPSCleanupFailed::*",
        "Start the clean-up in Sophos Central, restart the device and scan it completely. If the file is still there,"
        " remove it by hand.",
        "Starten Sie die Bereinigung in Sophos Central, starten Sie das Gerät neu und prüfen Sie es vollständig. Ist"
        " die Datei danach"
        " noch da, entfernen Sie sie von Hand.",
    ),
    (
        "CoreReboot, CoreHmpaReboot, CorePuaReboot, HmpaScanReboot, UpdateReboot*",
        "Restart the device.",
        "Starten Sie das Gerät neu.",
    ),
    (
        "CoreRemoteDetection, CorePuaRemoteDetection",
        "The file lies on a network drive: clean it where that drive is, not on this device.",
        "Die Datei liegt auf einem Netzlaufwerk: Bereinigen Sie sie dort, wo das Laufwerk liegt, nicht auf diesem Gerät.",
    ),
    (
        "HmpaCryptoGuard*, CoreOutbreak",
        "Take the device off the network at once and find out which files are affected before anybody works on.",
        "Trennen Sie das Gerät sofort vom Netz und klären Sie, welche Dateien betroffen sind, bevor jemand weiterarbeitet.",
    ),
    (
        "CloneDetected",
        "Two devices share one identity, mostly after copying a disk image. Install Sophos anew on the copy and"
        " prepare the image for"
        " copying.",
        "Zwei Geräte haben dieselbe Identität, meist nach dem Kopieren eines Abbilds. Installieren Sie Sophos auf der"
        " Kopie neu und"
        " bereiten Sie das Abbild für das Kopieren vor.",
    ),
    (
        "HeartbeatMissing, FirewallMissingHeartbeat",
        "The device is on the network but no longer reports to the firewall. Check that the Sophos services run and"
        " that it reaches"
        " the firewall.",
        "Das Gerät ist im Netz, meldet sich aber nicht mehr bei der Firewall. Prüfen Sie, ob die Sophos-Dienste"
        " laufen und ob es die"
        " Firewall erreicht.",
    ),
    (
        "ServiceNotRunning",
        "Start the Sophos services or restart the device. If they stay away, repair the installation.",
        "Starten Sie die Sophos-Dienste oder das Gerät neu. Bleiben sie aus, reparieren Sie die Installation.",
    ),
    (
        "FirewallGatewayDown",
        "Check the line and its modem, and whether the traffic has moved to another gateway. Ask the provider if it stays down.",
        "Prüfen Sie Leitung und Modem und ob der Verkehr über ein anderes Gateway läuft. Fragen Sie den Anbieter,"
        " wenn es ausbleibt.",
    ),
    (
        "FirewallVPNTunnelDown",
        "Check that both ends are online and use the same settings, then connect the tunnel again.",
        "Prüfen Sie, ob beide Enden online sind und dieselben Einstellungen haben, und bauen Sie den Tunnel neu auf.",
    ),
    (
        "FirewallREDTunnelDown",
        "Check power and internet line of the remote RED device.",
        "Prüfen Sie Strom und Internetanschluss des entfernten RED-Geräts.",
    ),
    (
        "FirewallHAStateDegraded",
        "Check the second firewall of the pair and the link between the two.",
        "Prüfen Sie die zweite Firewall des Verbunds und die Verbindung zwischen beiden.",
    ),
    (
        "LostConnectionToSophosCentral, FirewallSuspendedDisconnected",
        "Check that the firewall is running and reaches the internet.",
        "Prüfen Sie, ob die Firewall läuft und das Internet erreicht.",
    ),
    (
        "FirewallAdvancedThreatProtection*, CommandAndControlDetected",
        "Find the device that made the connection, scan it, and take it off the network while in doubt.",
        "Finden Sie das Gerät, das die Verbindung aufgebaut hat, prüfen Sie es und nehmen Sie es im Zweifel vom Netz.",
    ),
    (
        "Firewall*UpdateFailed, Firewall*UpgradeFailed",
        "Check free space and connection of the firewall and start the firmware update again in a maintenance window.",
        "Prüfen Sie Speicherplatz und Verbindung der Firewall und starten Sie das Firmware-Update in einem Wartungsfenster neu.",
    ),
    (
        "FirewallSubscription*, RenewLicense*, RenewSmcLicense*, *License*Expired, *GracePeriod*",
        "Renew the licence, or remove the product if it is no longer wanted.",
        "Verlängern Sie die Lizenz, oder entfernen Sie das Produkt, wenn es nicht mehr gebraucht wird.",
    ),
    (
        "WaitingForApproval",
        "Approve the firewall in Sophos Central if it is one of yours; refuse it if not.",
        "Genehmigen Sie die Firewall in Sophos Central, wenn sie dazugehört; lehnen Sie sie sonst ab.",
    ),
    (
        "RenewApiToken, *::RenewApiToken::*, CredentialAboutTo*",
        "Make new API credentials in Sophos Central and enter them wherever the old ones are used.",
        "Legen Sie in Sophos Central neue API-Zugangsdaten an und tragen Sie sie überall ein, wo die alten verwendet werden.",
    ),
    (
        "RenewApnsCertificate*, ApnsCertificateExpired, ApnsCertificateRevoked, NoApnsCertificate, RenewAppleDepToken*,"
        " RenewAppleVpp*",
        "Renew it in Apple’s portal with the same Apple account and upload it to Sophos Central.",
        "Erneuern Sie das Zertifikat oder Token im Apple-Portal mit demselben Apple-Konto und laden Sie es in Sophos"
        " Central hoch.",
    ),
    (
        "DepRequiresAcceptingTermsOfUse",
        "Sign in to Apple Business Manager and accept the changed terms.",
        "Melden Sie sich bei Apple Business Manager an und nehmen Sie die geänderten Bedingungen an.",
    ),
    (
        "NowNonCompliant, NonCompliant, *::NowNonCompliant::*",
        "Look up in Sophos Central which rule the device breaks, and put that right on the device or in the policy.",
        "Sehen Sie in Sophos Central nach, welche Regel das Gerät verletzt, und beheben Sie das am Gerät oder in der Richtlinie.",
    ),
    (
        "OutOfDate, UpdateFail*, *::UpdateFailure::*",
        "Check that the device is online, has free space and reaches Sophos’ update servers, then start an update.",
        "Prüfen Sie, ob das Gerät online ist, freien Speicherplatz hat und die Update-Server von Sophos erreicht, und"
        " starten Sie ein"
        " Update.",
    ),
    (
        "NotProtected",
        "Install Sophos on the device again; check before that no other protection is in the way.",
        "Installieren Sie Sophos auf dem Gerät erneut; prüfen Sie vorher, ob ein anderer Schutz im Weg ist.",
    ),
    (
        "UnsupportedOperatingSystem",
        "Upgrade the operating system or replace the device.",
        "Aktualisieren Sie das Betriebssystem, oder ersetzen Sie das Gerät.",
    ),
    (
        "DiskNotEncryptedEvent, DiskEncryptionFailed*, EncryptionSuspendedEvent, RecoveryKeyMissingEvent*",
        "Check on the device why encryption is off or stopped, and that its recovery key is in Sophos Central.",
        "Prüfen Sie am Gerät, warum die Verschlüsselung aus ist oder angehalten wurde, und ob der"
        " Wiederherstellungsschlüssel in Sophos"
        " Central liegt.",
    ),
    (
        "LowRepAppDetected",
        "Ask whether the app is wanted. Remove it if not, allow it if so.",
        "Klären Sie, ob die App gewollt ist. Entfernen Sie sie sonst, oder lassen Sie sie zu.",
    ),
)
"""(type pattern, English, German)."""

BY_CATEGORY: dict[str, tuple[str, str]] = {
    "malware": (
        "Check in Sophos Central whether the threat was cleaned up, and scan the device completely.",
        "Prüfen Sie in Sophos Central, ob die Bedrohung bereinigt wurde, und prüfen Sie das Gerät vollständig.",
    ),
    "runtimedetections": (
        "Look at what the process did in Sophos Central before you allow anything.",
        "Sehen Sie sich in Sophos Central an, was der Prozess getan hat, bevor Sie etwas zulassen.",
    ),
    "pua": (
        "Ask whether the application is wanted. Clean it up if not, or allow it in the policy.",
        "Klären Sie, ob die Anwendung gewollt ist. Bereinigen Sie sie sonst, oder lassen Sie sie in der Richtlinie zu.",
    ),
    "adsync": (
        "Check the directory synchronisation: its account, its connection, and when it last succeeded.",
        "Prüfen Sie die Verzeichnissynchronisierung: ihr Konto, ihre Verbindung und wann sie zuletzt gelungen ist.",
    ),
    "policy": (
        "Compare the settings on the device with its policy in Sophos Central.",
        "Vergleichen Sie die Einstellungen des Geräts mit seiner Richtlinie in Sophos Central.",
    ),
    "updating": (
        "Check that the device is online and reaches Sophos’ update servers.",
        "Prüfen Sie, ob das Gerät online ist und die Update-Server von Sophos erreicht.",
    ),
    "connectivity": (
        "Check that the device is running and reaches the internet.",
        "Prüfen Sie, ob das Gerät läuft und das Internet erreicht.",
    ),
    "isolation": (
        "Find out why the device was isolated, and release it only when the cause is removed.",
        "Klären Sie, warum das Gerät isoliert wurde, und geben Sie es erst frei, wenn die Ursache behoben ist.",
    ),
    "wireless": (
        "Check power, network cable and settings of the access point.",
        "Prüfen Sie Strom, Netzwerkkabel und Einstellungen des Access Points.",
    ),
}
"""Category in lower case -> (English, German)."""


def recommendation(alert_type: str, category: str, language: str) -> str:
    """What to do, in ``language`` ("de", else English); empty where nothing is known, or where there is nothing to do."""
    german = language == "de"
    if is_recovery(alert_type):
        return ""
    for pattern, *texts in BY_TYPE:
        if type_fits(pattern, alert_type):
            return texts[german]
    known = BY_CATEGORY.get(category.strip().lower())
    return known[german] if known else ""
