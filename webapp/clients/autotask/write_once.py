"""Sends one writing request to Autotask, once, and says what is known afterwards (design, sections 7.2 and 13, 10).

What the answers mean is the same for everything that Kontor creates: reference/autotask-api.md, section 5.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from webapp.clients.autotask.basic import SYSTEM, AutotaskBasic
from webapp.clients.autotask.texts import Said, classify, errors_text
from webapp.clients.causes import NO_ANSWER, TOO_SLOW
from webapp.clients.errors import ApiError
from webapp.clients.http import Answer, Request
from webapp.clients.once import Sent, send_once
from webapp.clients.values import cleaned, identifier
from webapp.domain import PostOutcome, PostResult

_REFUSED_STATUS = {401: "credentials_refused", 403: "permission_missing", 404: None, 405: None}


def write_once(
    basic: AutotaskBasic,
    *,
    path: str,
    entity: str,
    body: Mapping[str, Any],
    seconds: float,
    timely: Callable[[], bool],
    method: str = "POST",
) -> PostOutcome:
    """One POST (or PATCH, by ``method``) of ``body`` below ``/V1.0/`` within ``seconds`` in all, the wait for a slot of
    ``entity`` included, and only while it is ``timely``."""
    until = time.monotonic() + seconds
    try:
        request = Request(method, basic.url(path), headers=basic.headers(), json=dict(body), endpoint=entity)
        with basic.http.options.throttle.slot(entity, wait=seconds / 2) as slot:
            sent = send_once(basic.http, request, seconds=until - time.monotonic(), timely=timely)
            if sent.sent and sent.answer is None and sent.cause in (NO_ANSWER, TOO_SLOW):
                slot.keep()
    except ApiError as error:  # no slot, no zone, a foreign host: all of it before anything was sent
        return PostOutcome(PostResult.NOT_SENT, text=str(error), answered=False, code=error.code)
    return outcome(sent)


def outcome(sent: Sent) -> PostOutcome:
    """What a sent (or not sent) POST means."""
    if not sent.sent:
        return PostOutcome(PostResult.NOT_SENT, text=sent.cause, answered=False, code="unreachable")
    if sent.answer is None:
        return PostOutcome(PostResult.UNKNOWN, text=sent.cause, answered=False)
    return replace(_outcome_of(sent.answer), status=sent.answer.status)


def _outcome_of(answer: Answer) -> PostOutcome:
    body = answer.json()
    said = errors_text(body)
    match classify(said):
        case Said.BUSY:
            return PostOutcome(PostResult.BUSY, text=said, code="rate_limited")
        case Said.DUPLICATE:
            return PostOutcome(PostResult.DUPLICATE, text=said, code="duplicate_date")
        case Said.PERMISSION:
            return PostOutcome(PostResult.REJECTED, text=said, code="permission_missing")
        case Said.INTEGRATION_CODE:
            return PostOutcome(PostResult.REJECTED, text=said, code="integration_code_invalid")
        case Said.REFUSED | Said.ZONE:
            return PostOutcome(PostResult.REJECTED, text=said, code="refused_by_autotask")
    if answer.status == HTTPStatus.OK and isinstance(body, dict) and not body.get("errors"):
        return PostOutcome(PostResult.ACCEPTED, item_id=identifier(body.get("itemId")))
    text = said or _seen(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and (not answer.body.strip() or body is not None):
        # the hourly limit has no recorded text; two clients expect this status (section 4). A page of html proves nothing.
        return PostOutcome(PostResult.BUSY, text=text, code="rate_limited")
    if answer.status in _REFUSED_STATUS:
        return PostOutcome(PostResult.REJECTED, text=text, code=_REFUSED_STATUS[answer.status] or "refused_by_autotask")
    # without a text of Autotask's own an error may be a gateway's and says nothing about the change: it is no answer
    return PostOutcome(PostResult.UNKNOWN, text=text, answered=bool(said) or answer.status < HTTPStatus.MULTIPLE_CHOICES)


def _seen(answer: Answer) -> str:
    """Status and beginning of a body that is no list of errors, for the person who looks into it."""
    begin = cleaned(answer.body[:400].decode("utf-8", "replace"), 200)
    return f"{SYSTEM}: HTTP {answer.status} {begin}".strip()
