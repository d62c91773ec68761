"""Sophos Central, as a partner uses it. Facts: sophos-api.md."""

from webapp.clients.sophos.basic import SophosAddresses, SophosCredentials
from webapp.clients.sophos.client import SophosClient

__all__ = ["SophosAddresses", "SophosClient", "SophosCredentials"]
