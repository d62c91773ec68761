"""Autotask PSA's REST API. Facts: autotask-api.md."""

from webapp.clients.autotask.basic import AutotaskCredentials, find_zone
from webapp.clients.autotask.client import AutotaskClient

__all__ = ["AutotaskClient", "AutotaskCredentials", "find_zone"]
