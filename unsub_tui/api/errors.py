"""Exceptions of the API clients, all derived from `UnsubError`; their `Problem` describes the failure.

    UnsubError
      ApiError               a read failed for good; raised by BssClient
        TransientError       the same call may succeed later; the client has already retried it

A mutation raises none of these: it returns a `MutationResult` (see `mutation_results`). An `ExchangeError`, of which
`transport` has two kinds, never leaves this package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from unsub_tui.api.wire_format import text_of
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import UntrustedText

SUCCESS = "CBC.0000"
"""Success code; most successful responses omit it."""
INTERNAL_ERROR = "CBC.0999"
"""Unspecified internal error of the service."""

_UNPUBLISHED = re.compile("API not exist or not published")
"""Beginning of the API gateway's message for a path without a published API."""

_KINDS = {
    "CBC.0150": ProblemKind.WRONG_SITE,
    "CBC.0156": ProblemKind.WRONG_SITE,
    "CBC.0151": ProblemKind.PERMISSION,
    "CBC.0155": ProblemKind.PERMISSION,
    "CBC.18000016": ProblemKind.PERMISSION,
    "EPS.0003": ProblemKind.PERMISSION,  # with status 401: the keys are valid
    "APIGW.0303": ProblemKind.CLOCK,
    "APIG.0308": ProblemKind.THROTTLED,
    "APIGW.0308": ProblemKind.THROTTLED,
    "CBC.0250": ProblemKind.THROTTLED,
    "CBC.7281": ProblemKind.FROZEN,
    "CBC.99003626": ProblemKind.FROZEN,
    "CBC.99003651": ProblemKind.SERVICE,  # another transaction, whatever the status: neither keys nor rights are wrong
}
_KINDS_OF_STATUS = {401: ProblemKind.CREDENTIALS, 403: ProblemKind.PERMISSION, 429: ProblemKind.THROTTLED}
_TRANSIENT = frozenset({ProblemKind.THROTTLED, ProblemKind.NETWORK})

_RATE_LIMIT_PATTERN = re.compile(r"limit:\s*([0-9]{1,9})\s*,\s*time:\s*([0-9]{1,6})\s*(second|minute|hour|day)")
_PERMISSION = re.compile(r"(?<![\w:-])([a-z]{2,20}:[A-Za-z]{2,40}:[A-Za-z]{2,60})(?![\w:-])")
"""A permission in a message, such as "the correct permission code is …" or "policy doesn't allow …"."""
_ORGANIZATION = re.compile(r"service[- ]control[- ]polic|\bSCPs?\b|服务控制策略", re.IGNORECASE)
"""Part of the message where a service control policy denies an operation. The error code is that of a missing
permission. Source: Huawei Cloud's page iam5_faq/iam_01_0931 of 2025-11-06: "with an explicit deny in the … policy",
"because no … policy allows the … action"."""
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class ApiError(UnsubError):
    """A failed API call."""


class TransientError(ApiError):
    """A failed read that may be retried."""

    def __init__(self, problem: Problem, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after_seconds = retry_after_seconds
        """Retry-After in seconds, if present."""
        self.stated_rate = parse_rate_limit(problem.message.raw)
        """Rate limit in calls per second stated in the error message, if any."""


def parse_rate_limit(message: str) -> float | None:
    """Return the rate in calls per second from a message such as `... limit:10,time:1 second`, or None."""
    found = _RATE_LIMIT_PATTERN.search(message)
    if found is None:
        return None
    calls, time, unit = int(found[1]), int(found[2]), _SECONDS[found[3]]
    return calls / (time * unit) if calls and time else None


class ExchangeError(Exception):
    """A call without a usable response, and the reason."""

    def __init__(self, code: FactCode, /, **values: str | int) -> None:
        self.fact = fact(code, **values)
        super().__init__(str(self.fact))

    def problem(self, operation: str) -> Problem:
        """Return the problem for the failed call."""
        return Problem(kind=ProblemKind.NETWORK, operation=operation, facts=(self.fact,))


def invalid_response(operation: str, code: FactCode, /, **values: str | int) -> ApiError:
    """Return the error for a response that violates the API contract."""
    facts = (fact(code, **values),)
    return ApiError(Problem(kind=ProblemKind.BAD_RESPONSE, operation=operation, facts=facts))


def incomplete_listing(operation: str, code: FactCode, /, **values: str | int) -> ApiError:
    """Return the error for an incomplete listing."""
    return ApiError(Problem(kind=ProblemKind.INCOMPLETE, operation=operation, facts=(fact(code, **values),)))


def has_error(document: object) -> bool:
    """Return whether a response contains an error code other than SUCCESS."""
    code = document.get("error_code") if isinstance(document, Mapping) else None
    return code not in (None, "", SUCCESS)


def error_fields(document: object) -> tuple[str, str]:
    """Return code and message of an error body, flat or nested as in IAM responses; empty strings if absent."""
    if not isinstance(document, Mapping):
        return "", ""
    for code_key, message_key in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        code = text_of(document.get(code_key))
        if code:
            return code, text_of(document.get(message_key))
    return error_fields(document.get("error"))


def service_problem(
    operation: str, status: int, document: object, request_id: str = "", clock_offset: timedelta | None = None
) -> Problem:
    """Return the problem for a response with an error status or an error code."""
    code, message = error_fields(document)
    kind = _KINDS.get(code) or _KINDS_OF_STATUS.get(status, ProblemKind.SERVICE)
    if kind is ProblemKind.PERMISSION and _ORGANIZATION.search(message):
        kind = ProblemKind.ORGANIZATION
    permission = _PERMISSION.search(message)
    facts: list[Fact] = []
    if kind is ProblemKind.CLOCK and clock_offset is not None:
        facts.append(fact("clock_difference", seconds=round(abs(clock_offset.total_seconds()))))
    if status == 404 and _UNPUBLISHED.match(message):
        facts.append(fact("api_not_published"))
    if 300 <= status < 400:
        facts.append(fact("redirected"))
    return Problem(
        kind=kind,
        operation=operation,
        facts=tuple(facts),
        code=UntrustedText(code),
        message=UntrustedText(message),
        request_id=UntrustedText(request_id),
        http_status=status,
        permission=permission[1] if permission is not None and kind is ProblemKind.PERMISSION else "",
    )


def is_transient(problem: Problem) -> bool:
    """Return whether a read that failed with this problem may be retried."""
    status = problem.http_status or 0
    return problem.kind in _TRANSIENT or status >= 500 or status == 408 or problem.code.raw == INTERNAL_ERROR
