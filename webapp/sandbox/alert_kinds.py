"""The kinds of alerts that the sandbox raises by itself, and which kind says that another one's trouble is over.

The types CleanupFailed, SavDisabled, CorePuaCleanFailed, CloneDetected, HeartbeatMissing, FirewallGatewayDown and
FirewallGatewayUp, FirewallVPNTunnelUp and RenewApiToken were recorded (sophos-api.md, section 6.2). The others are named as
a bridge in production pairs them (sophos-psa-integration.md, section 6), never recorded with an alert: SavEnabled,
HeartbeatRestored, ServiceNotRunning and ServiceRestored, FirewallVPNTunnelDown, LostConnectionToSophosCentral and
Reconnected. Their categories and severities, and all texts, are our own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What an alert of this kind has. `prefix` begins the device's name; without one the alert is tenant-wide."""

    severity: str
    category: str
    product: str
    type: str
    text: str
    prefix: str = "PC"
    actions: tuple[str, ...] = ("acknowledge",)
    up: str = ""  # the type that says it is over
    up_text: str = ""


KINDS = (
    Kind("high", "malware", "endpoint", "Event::Endpoint::Threat::CleanupFailed", "Malware could not be removed",
         actions=("clearThreat",)),
    Kind("high", "policy", "endpoint", "Event::Endpoint::SavDisabled", "Real-time scanning is switched off", "NB",
         up="Event::Endpoint::SavEnabled", up_text="Real-time scanning is on again"),
    Kind("medium", "pua", "endpoint", "Event::Endpoint::CorePuaCleanFailed", "Unwanted application needs clean-up",
         actions=("cleanPua", "authPua", "acknowledge")),
    Kind("high", "connectivity", "firewall", "Event::Firewall::FirewallGatewayDown", "Gateway 'Uplink' is down", "FW",
         up="Event::Firewall::FirewallGatewayUp", up_text="Gateway 'Uplink' is up again"),
    Kind("low", "utm", "endpoint", "Event::Endpoint::HeartbeatMissing", "No heartbeat from a computer", "NB",
         up="Event::Endpoint::HeartbeatRestored", up_text="The heartbeat of a computer is back"),
    Kind("medium", "protection", "endpoint", "Event::Endpoint::CloneDetected", "Device seems to be a <b>copy</b>"),
    Kind("high", "general", "other", "Event::Task::RenewApiToken", "An API token has expired", ""),
    Kind("medium", "protection", "server", "Event::Endpoint::ServiceNotRunning", "A protection service does not run", "SRV",
         up="Event::Endpoint::ServiceRestored", up_text="The protection service runs again"),
    Kind("medium", "connectivity", "firewall", "Event::Firewall::FirewallVPNTunnelDown", "The tunnel to the branch is down", "FW",
         up="Event::Firewall::FirewallVPNTunnelUp", up_text="The tunnel to the branch is up again"),
    Kind("high", "connectivity", "firewall", "Event::Firewall::LostConnectionToSophosCentral", "The firewall no longer reports",
         "FW", up="Event::Firewall::Reconnected", up_text="The firewall reports again"),
)  # fmt: skip
RECOVERING = {kind.type: kind for kind in KINDS if kind.up}
