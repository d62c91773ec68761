"""Which addresses may be called: parsed once, and the parsed host is compared."""

from __future__ import annotations

import pytest

from webapp.hosts import allowed_address, is_loopback, parse_address

VENDOR = "https://api.central.sophos.com"
SANDBOX = "http://127.0.0.1:8010"


@pytest.mark.parametrize(
    "text",
    [
        "https://user@api.sophos.com",
        "https://api.sophos.com\\@evil.example",
        "https://api.sophos.com.",
        "https://api.sophos.com\t",
        "https:///path",
        "ftp://api.sophos.com",
        "api.sophos.com",
        "https://api.sophos.com:99999",
        "https://api_sophos.com",
        "https://[::1",
        "",
    ],
)
def test_an_odd_address_is_no_address(text: str) -> None:
    assert parse_address(text) is None


def test_an_address_has_its_parts_in_lower_case() -> None:
    address = parse_address("https://API-EU01.Sophos.com:8443/partner/v1")
    assert address is not None
    assert (address.scheme, address.host, address.port, address.path) == ("https", "api-eu01.sophos.com", 8443, "/partner/v1")
    assert address.origin == "https://api-eu01.sophos.com:8443"


def test_an_address_of_version_6_keeps_its_brackets() -> None:
    address = parse_address("http://[::1]:8000/x")
    assert address is not None
    assert address.origin == "http://[::1]:8000"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["128.0.0.1", "0.0.0.0", "localhost.example", "127.0.0.1.example", "2130706433", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("text", ["https://api-eu02.central.sophos.com", "https://sophos.com/x", "https://api.sophos.com:443"])
def test_a_host_of_the_vendor_is_allowed(text: str) -> None:
    assert allowed_address(text, base=VENDOR, domain="sophos.com") is not None


@pytest.mark.parametrize(
    "text",
    [
        "http://api.sophos.com",
        "https://api.sophos.com:8443",
        "https://evilsophos.com",
        "https://sophos.com.evil.example",
        "https://127.0.0.1",
        "https://sophos.com@evil.example",
    ],
)
def test_any_other_host_is_refused(text: str) -> None:
    assert allowed_address(text, base=VENDOR, domain="sophos.com") is None


def test_with_a_base_on_loopback_only_loopback_is_allowed() -> None:
    assert allowed_address("http://localhost:8011/v1", base=SANDBOX, domain="sophos.com") is not None
    assert allowed_address("https://api.sophos.com", base=SANDBOX, domain="sophos.com") is None
