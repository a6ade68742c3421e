"""The errors of the client, one tree below `UnsubError`; what went wrong is in the `Problem`.

    UnsubError
      ApiError               a read failed for good; raised by BssClient
        TransientError       the same call may work later; the client has retried already

The call that unsubscribes raises none of them: its outcome is an `Answer` (see `answers`). What the wire itself
does is told by two errors of `exchange`, which never leave this package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import UntrustedText

SUCCESS = "CBC.0000"
"""Some answers say so; most say nothing."""
INTERNAL_ERROR = "CBC.0999"
"""The service does not know itself what went wrong."""

UNPUBLISHED_MESSAGE = "API not exist or not published"
"""How the gateway's message begins where nobody answers at a path."""

_KINDS = {
    "CBC.0150": ProblemKind.WRONG_SITE,
    "CBC.0156": ProblemKind.WRONG_SITE,
    "CBC.0151": ProblemKind.PERMISSION,
    "CBC.0155": ProblemKind.PERMISSION,
    "CBC.18000016": ProblemKind.PERMISSION,
    "APIGW.0303": ProblemKind.CLOCK,
    "APIG.0308": ProblemKind.THROTTLED,
    "CBC.0250": ProblemKind.THROTTLED,
    "CBC.7281": ProblemKind.FROZEN,
    "CBC.99003626": ProblemKind.FROZEN,
}

_RATE_LIMIT_PATTERN = re.compile(r"limit:\s*([0-9]{1,9})\s*,\s*time:\s*([0-9]{1,6})\s*(second|minute|hour|day)")
_PERMISSION = re.compile(r"permission code is ([a-z]{2,20}:[A-Za-z]{2,40}:[A-Za-z]{2,40})")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_TRANSIENT = frozenset({ProblemKind.THROTTLED, ProblemKind.NETWORK})


class ApiError(UnsubError):
    """A call to the service failed."""


class TransientError(ApiError):
    """A read that may be tried again."""

    def __init__(self, problem: Problem, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after_seconds = retry_after_seconds
        """What the service asked to wait, if it did."""
        self.stated_rate = parse_rate_limit(problem.message.raw)
        """The limit that the message of a refusal for too many calls names, if it does."""


def parse_rate_limit(message: str) -> float | None:
    """Return the calls a second of a message such as `... limit:10,time:1 second`, or None."""
    found = _RATE_LIMIT_PATTERN.search(message)
    if found is None:
        return None
    calls, time, unit = int(found[1]), int(found[2]), _SECONDS[found[3]]
    return calls / (time * unit) if calls and time else None


def network_problem(operation: str, detail: str) -> Problem:
    """Return the problem of a call that got no answer."""
    return Problem(kind=ProblemKind.NETWORK, operation=operation, detail=detail)


def invalid_response(operation: str, detail: str) -> ApiError:
    """Return the error for an answer that is not the service's contract."""
    return ApiError(Problem(kind=ProblemKind.BAD_RESPONSE, operation=operation, detail=detail))


def unreadable_response(operation: str, detail: str) -> TransientError:
    """Return the error for an answer that is not even JSON, as gateways on the way send them."""
    return TransientError(Problem(kind=ProblemKind.BAD_RESPONSE, operation=operation, detail=detail))


def incomplete_listing(operation: str, detail: str) -> ApiError:
    """Return the error for a list that is not whole."""
    return ApiError(Problem(kind=ProblemKind.INCOMPLETE, operation=operation, detail=detail))


def has_error(document: object) -> bool:
    """Whether an answer with status 200 says that it failed."""
    code = document.get("error_code") if isinstance(document, Mapping) else None
    return code not in (None, "", SUCCESS)


def error_fields(document: object) -> tuple[str, str]:
    """Return code and message of an error body: flat, or nested as the identity service does; empty where absent."""
    if not isinstance(document, Mapping):
        return "", ""
    for code_key, message_key in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        code = _word(document.get(code_key))
        if code:
            return code, _word(document.get(message_key))
    return error_fields(document.get("error"))


def service_problem(
    operation: str, status: int, document: object, request_id: str, clock_offset: timedelta | None
) -> Problem:
    """Return the problem of an answer that says it failed, by status or by its error code."""
    code, message = error_fields(document)
    kind = _KINDS.get(code) or _kind_of_status(status)
    detail = ""
    if kind is ProblemKind.CLOCK and clock_offset is not None:
        detail = f"this machine's clock differs from the service's by {round(abs(clock_offset.total_seconds()))} s"
    if status == 404 and message.startswith(UNPUBLISHED_MESSAGE):
        detail = "nobody answers this call there: the endpoint or the site is wrong, or it is not published"
    if 300 <= status < 400:
        detail = "the service redirects, and that is not followed"
    return Problem(
        kind=kind,
        operation=operation,
        detail=detail,
        code=UntrustedText(code),
        message=UntrustedText(message),
        request_id=UntrustedText(request_id),
        http_status=status,
        permission=_missing_permission(message) if kind is ProblemKind.PERMISSION else "",
    )


def _missing_permission(message: str) -> str:
    """Return the permission that a refusal's message ends with, or nothing."""
    found = _PERMISSION.search(message)
    return found[1] if found else ""


def is_transient(problem: Problem) -> bool:
    """Whether a read that met this problem may be tried again."""
    status = problem.http_status or 0
    return problem.kind in _TRANSIENT or status >= 500 or status == 408 or problem.code.raw == INTERNAL_ERROR


def _kind_of_status(status: int) -> ProblemKind:
    kinds = {401: ProblemKind.CREDENTIALS, 403: ProblemKind.PERMISSION, 429: ProblemKind.THROTTLED}
    return kinds.get(status, ProblemKind.SERVICE)


def _word(value: object) -> str:
    """Return a code or message; what is neither text nor number is none: no refusal may be read into it."""
    is_word = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    return str(value) if is_word else ""
