"""PURE: which alert says that the trouble of another one is over.

Sophos tells some recoveries as an alert of their own (reference/sophos-api.md, section 6.2). Only pairs that mean the very same
thing twice, once gone and once back, are in the table. "Malware cleaned up" is not: a clean-up of one file says nothing about
another one of the same name, and such tickets are closed by people or when Sophos itself takes the alert away.
"""

from __future__ import annotations

import base64
import re

from webapp.alerts import Alert

PAIRS: tuple[tuple[str, str], ...] = (
    # Firewall. Both names recorded.
    ("Event::Firewall::FirewallGatewayDown", "Event::Firewall::FirewallGatewayUp"),
    # Recovery recorded; trouble in public code, with an example of its text.
    ("Event::Firewall::FirewallVPNTunnelDown", "Event::Firewall::FirewallVPNTunnelUp"),
    # Public code, as a pair, in more than one project.
    ("Event::Firewall::FirewallREDTunnelDown", "Event::Firewall::FirewallREDTunnelUp"),
    ("Event::Firewall::LostConnectionToSophosCentral", "Event::Firewall::Reconnected"),
    # Public code, as a pair.
    ("Event::Firewall::FirewallHAStateDegraded", "Event::Firewall::FirewallHAStateRestored"),
    # Computers and servers. Trouble recorded; recovery in public code, as a pair.
    ("Event::Endpoint::SavDisabled", "Event::Endpoint::SavEnabled"),
    ("Event::Endpoint::HeartbeatMissing", "Event::Endpoint::HeartbeatRestored"),
    # Public code, as a pair.
    ("Event::Endpoint::ServiceNotRunning", "Event::Endpoint::ServiceRestored"),
    ("Event::Mobile::ApnsCertificateExpired", "Event::Mobile::ApnsCertificateRenewed"),
    # Each name in public lists of Sophos' event types; that they belong together is inferred from name and text.
    ("Event::Endpoint::Mobile::NowNonCompliant", "Event::Endpoint::Mobile::NowCompliant"),
    ("Event::Endpoint::NonCompliant", "Event::Endpoint::Compliant"),
    ("Event::Endpoint::Management::Suspended", "Event::Endpoint::Management::Resumed"),
    ("Event::Endpoint::FileIntegrityMonitoring::Suspend", "Event::Endpoint::FileIntegrityMonitoring::Resume"),
    ("Event::Endpoint::Denc::OutlookPluginDisabledEvent", "Event::Endpoint::Denc::OutlookPluginEnabledEvent"),
    ("Event::Endpoint::UpdateFailure", "Event::Endpoint::UpdateSuccess"),
    ("Event::Endpoint::OutOfDate", "Event::Endpoint::UpdateSuccess"),
    ("Event::Wireless::AccessPoint::RadiusInactive", "Event::Wireless::AccessPoint::RadiusActive"),
    ("Event::Wireless::AccessPoint::LowEthernetSpeed", "Event::Wireless::AccessPoint::HighEthernetSpeed"),
    ("Event::ADSync::Error", "Event::ADSync::Success"),
)
"""(type of the trouble, type of its recovery)."""

_PAIRS = frozenset((down.lower(), up.lower()) for down, up in PAIRS)
_RECOVERIES = frozenset(up for _down, up in _PAIRS)

# 'WAN' and "Office", but not the apostrophes of "the firewall's" and "users'".
_QUOTED = re.compile(r"(?<![\w'])'([^'\n]{1,200})'(?![\w'])|\"([^\"\n]{1,200})\"|[“„]([^“”„\n]{1,200})[“”]")
# A tunnel is named without quotes, down and up alike: "IPSec Connection A between x and y for Child B established."
_TUNNEL = re.compile(r"\bConnection (\S{1,200}) between \S{1,200} and \S{1,200}(?: for Child (\S{1,200}))?")


def is_recovery(alert_type: str) -> bool:
    """Whether alerts of this type tell that something works again."""
    return alert_type.strip().lower() in _RECOVERIES


def recovers(up: Alert, down: Alert) -> bool:
    """Whether ``up`` ends the trouble of ``down``: same customer and device, partner types, not raised earlier, and the same
    thing (gateway, tunnel) wherever both name one, in their group keys or in their descriptions."""
    return (
        up.customer_id == down.customer_id
        and (down.type.strip().lower(), up.type.strip().lower()) in _PAIRS
        and up.raised_at >= down.raised_at
        and up.device_id.lower() == down.device_id.lower()
        and _agree(detail(up.group_key), detail(down.group_key))
        and _agree(_named(up.description), _named(down.description))
    )


def _agree(one: str | tuple[str, ...], other: str | tuple[str, ...]) -> bool:
    return not one or not other or one == other


def _named(description: str) -> tuple[str, ...]:
    quoted = ["".join(found).strip().lower() for found in _QUOTED.findall(description)]
    tunnels = [part.lower() for found in _TUNNEL.findall(description) for part in found if part]
    return (*quoted, *tunnels)


def detail(group_key: str) -> str:
    """What an alert is about by its group key: the fourth part of ``n,type,number,detail``, which is written in base64 without
    padding (reference/sophos-api.md, section 6.2). Empty where there is none or the key is something else; never raises."""
    plain = group_key.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError:
        return ""
    parts = text.split(",", 3)
    return parts[3].strip().lower() if len(parts) == 4 else ""
