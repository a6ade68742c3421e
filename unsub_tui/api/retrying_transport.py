"""Retries, rate limiting and credential renewal for all reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Self, TypeVar

from unsub_tui.api.auth import Signer
from unsub_tui.api.endpoints import sibling_site
from unsub_tui.api.errors import ApiError, TransientError, has_error, is_transient, service_problem
from unsub_tui.api.retry_policy import RateLimiter, RetryPolicy
from unsub_tui.api.transport import ApiRequest, ApiResponse, ClientConfig, HttpTransport, NoResponseError, NotSentError
from unsub_tui.api.wire_format import Json, loads_or_none
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import ProblemKind

Decoded = TypeVar("Decoded")

MAX_CONNECTIONS = 16
"""Maximum number of concurrent reads. At 300 ms per page, eight would not reach the permitted request rate."""

MIN_ATTEMPT_SECONDS = 0.1
"""Minimum timeout of an attempt, even if the rate limiter used up the deadline."""


class RetryingTransport:
    """Transport for reads: retries transient errors, limits the rate per operation and enforces the deadline."""

    def __init__(self, config: ClientConfig, signer: Signer, retry_policy: RetryPolicy) -> None:
        self._retry_policy = retry_policy
        self._signer = signer
        self._sibling_site = sibling_site(config.hosts.bss)
        self._transport = HttpTransport(
            config, retry_policy, signer=signer, connections=MAX_CONNECTIONS, encoding="gzip"
        )
        self._rate_limiters: dict[str, RateLimiter] = {}
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self._decode_lock = asyncio.Lock()
        self.server_time_offset: timedelta | None = None
        """The service's clock minus the local clock, from the latest response."""

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    @property
    def reduced_rates(self) -> Mapping[str, float]:
        """Current rate in calls per second of each operation that Huawei Cloud has throttled."""
        return {
            operation: limit.current_rate for operation, limit in self._rate_limiters.items() if limit.throttled_count
        }

    def set_account_id(self, account_id: str) -> None:
        """Send this account id with all later calls, unless the credentials contain one."""
        self._signer.account_id = account_id

    async def fetch(self, request: ApiRequest, decode: Callable[[str, bytes], Decoded]) -> Decoded:
        """Return the response, decoded by `decode(operation, body)`, or raise ApiError.

        A TransientError raised by `decode` is retried as well.
        """
        limit = self._rate_limiter(request.operation)
        began = self._retry_policy.monotonic()
        for attempt in range(self._retry_policy.max_attempts):
            remaining = self._retry_policy.deadline_seconds - (self._retry_policy.monotonic() - began)
            try:
                body = await self._fetch_body(request, limit, remaining)
                answer = await self._decode(partial(decode, request.operation), body)
            except TransientError as error:
                if error.problem.kind is ProblemKind.THROTTLED:
                    limit.record_throttled(error.stated_rate)
                pause = self._retry_policy.delay(attempt, error.retry_after_seconds)
                spent = self._retry_policy.monotonic() - began
                if (
                    attempt + 1 == self._retry_policy.max_attempts
                    or spent + pause >= self._retry_policy.deadline_seconds
                ):
                    raise
                await self._retry_policy.sleep(pause)
            else:
                limit.record_success()
                return answer
        raise AssertionError("unreachable: the last try raises")

    async def _decode(self, decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
        """Decode one response per event-loop iteration: a dozen large ones in a row would delay key handling."""
        async with self._decode_lock:
            answer = decode(body)
            await asyncio.sleep(0)
            return answer

    async def _fetch_body(self, request: ApiRequest, limit: RateLimiter, seconds: float) -> bytes:
        """Return the body of a successful response. After a credential error, reload the credentials and retry once."""
        credential = await self._signer.credential_provider.refresh()
        try:
            return await self._attempt(request, limit, seconds)
        except ApiError as error:
            refused = error.problem.kind is ProblemKind.CREDENTIALS
            if not refused or not await self._signer.credential_provider.was_rotated(credential):
                raise
        return await self._attempt(request, limit, seconds)

    async def _attempt(self, request: ApiRequest, limit: RateLimiter, seconds: float) -> bytes:
        async with self._connections:
            await limit.acquire()
            try:
                response = await self._transport.send(
                    request, max(MIN_ATTEMPT_SECONDS, min(self._retry_policy.attempt_timeout_seconds, seconds))
                )
            except (NotSentError, NoResponseError) as error:
                raise TransientError(error.problem(request.operation)) from error
        if response.clock_offset is not None:
            self.server_time_offset = response.clock_offset
        is_success = response.status == 200
        document = None if is_success and not _may_contain_error(response.body) else loads_or_none(response.body)
        if is_success and not has_error(document):
            return response.body
        raise self._error(request.operation, response, document)

    def _error(self, operation: str, response: ApiResponse, document: Json) -> ApiError:
        problem = service_problem(operation, response.status, document, response.request_id, self.server_time_offset)
        if problem.kind is ProblemKind.WRONG_SITE and self._sibling_site:
            problem = replace(problem, facts=(fact("other_site", site=self._sibling_site),))
        if not is_transient(problem):
            return ApiError(problem)
        return TransientError(problem, response.retry_after)

    def _rate_limiter(self, operation: str) -> RateLimiter:
        if operation not in self._rate_limiters:
            rate = self._retry_policy.rates.get(operation, self._retry_policy.default_rate)
            self._rate_limiters[operation] = RateLimiter(rate, self._retry_policy)
        return self._rate_limiters[operation]


def _may_contain_error(body: bytes) -> bool:
    """Return whether the body may hold an error code; avoids decoding a page of half a megabyte twice."""
    return b"error_code" in body
