"""Why no answer came or could be used: short texts for ``%(cause)s``, part of the catalogue and translated when shown."""

from __future__ import annotations

import socket

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError, ReadTimeoutError

from webapp.codes import N_

NO_NAME = N_("its name is not known here")
NO_CONNECTION = N_("no connection")
CONNECT_TIMEOUT = N_("no connection in time")
NO_ANSWER = N_("no answer in time")
BROKEN_OFF = N_("the connection broke off")
BAD_CERTIFICATE = N_("its certificate is not valid here")
BAD_PROXY = N_("the proxy does not let it through")
TOO_LARGE = N_("the answer is too large")
TOO_SLOW = N_("the answer takes too long")
NO_JSON = N_("it is no JSON")
NO_LIST = N_("it holds no list")
NO_TOKEN = N_("it holds no token")
NOBODY = N_("it names nobody")
ROW_WITHOUT_ID = N_("a row has no id")
PAGE_TWICE = N_("a page came twice")
ENDED_EARLY = N_("the list ended early")
NO_END = N_("the list has no end")
PAGE_MISSING = N_("a page is missing")
FEWER_CALLS = N_("it asks for fewer calls")
NO_FIGURES = N_("it holds no figures")
NOT_WHAT_WAS_ASKED = N_("it is not what was asked for")
EMPTY = N_("it is empty, and it never was before")


def cause_of(error: BaseException) -> str:
    """The cause in words. Nothing of the error's own text is taken over: it may hold addresses with a user name."""
    chain = _chain(error)
    if any(isinstance(link, NameResolutionError | socket.gaierror) for link in chain):
        return NO_NAME
    if any(isinstance(link, requests.exceptions.ProxyError) for link in chain):
        return BAD_PROXY
    if any(isinstance(link, requests.exceptions.SSLError) for link in chain):
        return BAD_CERTIFICATE
    if any(isinstance(link, requests.exceptions.ConnectTimeout) for link in chain):
        return CONNECT_TIMEOUT
    if any(isinstance(link, requests.exceptions.ReadTimeout | ReadTimeoutError | TimeoutError) for link in chain):
        return NO_ANSWER
    if any(isinstance(link, NewConnectionError | ConnectionRefusedError) for link in chain):
        return NO_CONNECTION
    if any(isinstance(link, ProtocolError | ConnectionError | requests.exceptions.ChunkedEncodingError) for link in chain):
        return BROKEN_OFF
    return NO_CONNECTION


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: urllib3 keeps reasons in ``reason`` and in its arguments."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo and len(found) < 12:
        link = todo.pop(0)
        if isinstance(link, BaseException) and link not in found:
            found.append(link)
            todo += [getattr(link, "reason", None), link.__cause__, link.__context__, *link.args]
    return found
