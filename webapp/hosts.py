"""PURE: which hosts may be talked to. Addresses are parsed once, and the parsed host is compared (design, section 13, 32)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True)
class Address:
    """A parsed base address: scheme, lower-case host, port (None: the scheme's own) and path."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")


def parse_address(text: str) -> Address | None:
    """The parts of an http(s) address; None for anything with a user part, backslash, control character or odd host."""
    if not isinstance(text, str) or "\\" in text or any(ord(sign) <= 32 or ord(sign) == 127 for sign in text):
        return None
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    if not (_HOST.fullmatch(host) or _is_ip(host)):
        return None
    return Address(parts.scheme, host, port, parts.path)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether the host is 127.0.0.0/8, ::1 or the name localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_address(text: str, *, base: str, domain: str) -> Address | None:
    """The parsed address if it may be called, else None.

    ``base`` is the configured address of that API; ``domain`` the vendor's domain (``sophos.com``). Where the base is the
    vendor's: https, the standard port, a host under the domain. Where the base is on loopback: only loopback.
    """
    address, base_address = parse_address(text), parse_address(base)
    if address is None or base_address is None:
        return None
    if is_loopback(base_address.host):
        return address if is_loopback(address.host) else None
    under_domain = address.host == domain or address.host.endswith("." + domain)
    if address.scheme == "https" and address.port in (None, 443) and under_domain:
        return address
    return None
