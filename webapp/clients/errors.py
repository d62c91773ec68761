"""What can go wrong in a call, in Kontor's words. The class says whether another try may help (``retryable``).

No error carries a secret, a header or the address that was called; the texts of the other side come shortened.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """A call failed. ``system`` is the name that people know (Sophos, Autotask); ``code`` and ``params`` make the sentence
    (webapp/codes)."""

    code: ClassVar[str] = "bad_answer"
    retryable: ClassVar[bool] = False

    def __init__(self, system: str, **params: Any) -> None:
        super().__init__(f"{system}: {self.code}")
        self.system = system
        self.params: dict[str, Any] = {"system": system, **params}

    def __str__(self) -> str:
        detail = self.params.get("cause") or self.params.get("text") or self.params.get("what") or ""
        return f"{self.system}: {self.code}" + (f" ({detail})" if detail else "")


class Unreachable(ApiError):
    """No connection, or no whole answer. ``answered`` says whether anything at all had come back."""

    code = "unreachable"
    retryable = True

    def __init__(self, system: str, *, cause: str, answered: bool = False) -> None:
        super().__init__(system, cause=cause)
        self.answered = answered


class CredentialsRefused(ApiError):
    """Wrong user, client ID or secret (or a locked user). Never tried again by itself: Autotask would lock the user."""

    code = "credentials_refused"


class PermissionMissing(ApiError):
    """The sign-in is right, but it may not do ``what``."""

    code = "permission_missing"

    def __init__(self, system: str, *, what: str) -> None:
        super().__init__(system, what=what)


class RateLimited(ApiError):
    """Too many calls, or all slots taken; also after the repeats. ``wait`` is what the other side asked for, in seconds."""

    code = "rate_limited"
    retryable = True

    def __init__(self, system: str, *, wait: float | None = None) -> None:
        super().__init__(system)
        self.wait = wait


class HostNotAllowed(ApiError):
    """An address that an answer named is not one of that system's own; nothing was sent there."""

    code = "host_not_allowed"

    def __init__(self, system: str, *, host: str) -> None:
        super().__init__(system, host=host)


class BadAnswer(ApiError):
    """An answer came, and it cannot be used."""

    code = "bad_answer"

    def __init__(self, system: str, *, cause: str) -> None:
        super().__init__(system, cause=cause)


class Trouble(BadAnswer):
    """The other side answered that it cannot answer at the moment (5xx), also after the repeats."""

    retryable = True


class NotFound(ApiError):
    """404: there is no such thing, or this user may not see it."""

    code = "not_found"

    def __init__(self, system: str, *, what: str) -> None:
        super().__init__(system, what=what)


class BadRequest(ApiError):
    """400: the other side does not take a parameter as it was sent."""

    def __init__(self, system: str, *, cause: str) -> None:
        super().__init__(system, cause=cause)


class ZoneUnknown(ApiError):
    """Autotask's zone finder does not know the user (autotask-api.md, section 1). ``user`` is shortened."""

    code = "zone_unknown"

    def __init__(self, system: str, *, user: str) -> None:
        super().__init__(system, user=user)


class IntegrationCodeInvalid(ApiError):
    """Autotask does not know the tracking identifier (autotask-api.md, section 2)."""

    code = "integration_code_invalid"


class NotAPartner(ApiError):
    """The Sophos credentials belong to a tenant or an organisation (sophos-api.md, section 2)."""

    code = "not_a_partner"

    def __init__(self, system: str, *, kind: str) -> None:
        super().__init__(system, kind=kind)


class UsageIncomplete(ApiError):
    """The usage of a month could not be read to its end: nothing may be planned from it."""

    code = "usage_incomplete"

    def __init__(self, system: str, *, month: str, cause: str) -> None:
        super().__init__(system, month=month, cause=cause)


class AlertsIncomplete(ApiError):
    """The open alerts of a customer could not be read to the end: none of them may be taken for gone."""

    code = "alerts_incomplete"

    def __init__(self, system: str, *, cause: str) -> None:
        super().__init__(system, cause=cause)


class AutotaskRefusal(ApiError):
    """Autotask refused for a reason of its own; ``text`` is what it said, shortened."""

    code = "refused_by_autotask"

    def __init__(self, system: str, *, text: str) -> None:
        super().__init__(system, text=text)
        self.text = text
