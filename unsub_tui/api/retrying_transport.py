"""Retries, rate limiting and credential renewal for all reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from unsub_tui.api.auth import Signer
from unsub_tui.api.endpoints import sibling_site
from unsub_tui.api.errors import ApiError, ExchangeError, TransientError, has_error, is_transient, service_problem
from unsub_tui.api.pagination import Page, Paginator
from unsub_tui.api.retry_policy import RateLimiter, RetryPolicy
from unsub_tui.api.transport import ApiRequest, ApiResponse, HttpTransport, TransportFactory
from unsub_tui.api.wire_format import Json, loads_or_none
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import ProblemKind

Decoded = TypeVar("Decoded")
Row = TypeVar("Row")

MAX_CONNECTIONS = 16
"""Maximum number of concurrent reads. At 300 ms per page, eight would not reach the permitted request rate."""

MIN_ATTEMPT_SECONDS = 0.1
"""Minimum timeout of an attempt, even if the rate limiter used up the deadline."""


class RetryingTransport(HttpTransport):
    """Transport for reads: retries transient errors, limits the rate and enforces the deadline."""

    signer: Signer

    def __init__(
        self,
        url: str,
        retry_policy: RetryPolicy,
        signer: Signer,
        transport_factory: TransportFactory | None = None,
        *,
        connections: int = MAX_CONNECTIONS,
        host_limiter: RateLimiter | None = None,
        decode_lock: asyncio.Lock | None = None,
    ) -> None:
        """Create a transport with a rate limit per operation, or with a `host_limiter` for all operations together.

        Transports with the same `decode_lock` decode one response at a time.
        """
        super().__init__(url, retry_policy, signer, transport_factory, connections=connections, encoding="gzip")
        self._sibling_site = sibling_site(url)
        self._rate_limiters: dict[str, RateLimiter] = {}
        self._host_limiter = host_limiter
        self._reading = asyncio.Semaphore(connections)
        self._decode_lock = decode_lock or asyncio.Lock()
        self.server_time_offset: timedelta | None = None
        """The service's clock minus the local clock, from the latest response."""
        self.has_stated_rate = False
        """Whether a header of any response stated a rate limit."""

    @property
    def reduced_rates(self) -> Mapping[str, float]:
        """Current rate in calls per second of each operation that Huawei Cloud has throttled."""
        return {name: limit.current_rate for name, limit in self._rate_limiters.items() if limit.was_throttled}

    async def fetch(self, request: ApiRequest, decode: Callable[[str, bytes], Decoded]) -> Decoded:
        """Return the response, decoded by `decode(operation, body)`, or raise ApiError.

        A TransientError raised by `decode` is retried as well.
        """
        policy, limit = self._retry_policy, self._rate_limiter(request.operation)
        deadline = policy.monotonic() + policy.deadline_seconds
        for attempt in range(policy.max_attempts):
            try:
                body = await self._fetch_body(request, limit, deadline)
                answer = await self._decode(partial(decode, request.operation), body)
            except TransientError as error:
                if error.problem.kind is ProblemKind.THROTTLED:
                    limit.record_throttled(error.stated_rate)
                pause = policy.delay(attempt, error.retry_after_seconds)
                if attempt + 1 == policy.max_attempts or policy.monotonic() + pause >= deadline:
                    raise
                await policy.sleep(pause)
            else:
                limit.record_success()
                return answer
        raise AssertionError("unreachable: the last attempt raises")

    def listing(
        self,
        make_request: Callable[[str, str, Mapping[str, object]], ApiRequest],
        operation: str,
        url: str,
        fields: Mapping[str, object],
        decode: Callable[[str, bytes], Page[Row]],
        *,
        page_size: int,
        is_counted: Callable[[Row], bool | None] | None = None,
        lineage: Callable[[Row], tuple[str, str]] | None = None,
        may_repeat_rows: bool = False,
    ) -> Paginator[Row]:
        """Return a listing. Fields that are None or empty are not sent, because an empty string would filter."""
        known = {name: value for name, value in fields.items() if value not in (None, "")}

        async def read(offset: int) -> Page[Row]:
            request = make_request(operation, url, {**known, "limit": page_size, "offset": offset})
            return replace(await self.fetch(request, decode), offset=offset)

        return Paginator(
            operation=operation,
            page_size=page_size,
            read_page=read,
            is_counted=is_counted,
            lineage=lineage,
            may_repeat_rows=may_repeat_rows,
        )

    async def _decode(self, decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
        """Decode one response per event-loop iteration: a dozen large ones in a row would delay key handling."""
        async with self._decode_lock:
            answer = decode(body)
            await asyncio.sleep(0)
            return answer

    async def _fetch_body(self, request: ApiRequest, limit: RateLimiter, deadline: float) -> bytes:
        """Return the body of a successful response. After a credential error, reload the credentials and retry once."""
        credential = await self.signer.credential_provider.refresh()
        try:
            return await self._attempt(request, limit, deadline)
        except ApiError as error:
            refused = error.problem.kind is ProblemKind.CREDENTIALS
            # another task or a sign-in may have renewed the credentials while this call was under way
            if not refused or not await self.signer.credential_provider.was_rotated(credential):
                raise
        return await self._attempt(request, limit, deadline)

    async def _attempt(self, request: ApiRequest, limit: RateLimiter, deadline: float) -> bytes:
        timeout = min(self._retry_policy.attempt_timeout_seconds, deadline - self._retry_policy.monotonic())
        async with self._reading:
            await limit.acquire()
            try:
                response = await self.send(request, max(MIN_ATTEMPT_SECONDS, timeout))
            except ExchangeError as error:
                raise TransientError(error.problem(request.operation)) from error
        if response.clock_offset is not None:
            self.server_time_offset = response.clock_offset
        self.has_stated_rate |= response.states_rate
        # a page of half a megabyte is not decoded twice: only if it may contain an error code
        may_be_error = response.status != 200 or b"error_code" in response.body
        document = loads_or_none(response.body) if may_be_error else None
        if response.status == 200 and not has_error(document):
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
        if self._host_limiter is not None:
            return self._host_limiter
        if operation not in self._rate_limiters:
            rate = self._retry_policy.rates.get(operation, self._retry_policy.default_rate)
            self._rate_limiters[operation] = RateLimiter(rate, self._retry_policy)
        return self._rate_limiters[operation]
