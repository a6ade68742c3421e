"""Asks, and asks again where that may help: what all reads of the service have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Self, TypeVar

from unsub_tui.api.endpoint import site_that_refused_means
from unsub_tui.api.errors import ApiError, TransientError, has_error, is_transient, network_problem, service_problem
from unsub_tui.api.exchange import Line, NoAnswerError, NotSentError, Question, Reply
from unsub_tui.api.pacing import Pacing, RateLimit
from unsub_tui.api.signing import Signer
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.domain.problem import ProblemKind

Answer = TypeVar("Answer")

CONNECTIONS = 16
"""Reads under way at the same time: at 300 ms a page, eight would not reach the rate that the vendor allows."""

LEAST_SECONDS = 0.1
"""What a try gets even where waiting for its turn took all the time there was."""


class Reader:
    """Reads over one line, within the rate of each operation, with at most five tries and a minute in all."""

    def __init__(self, target: Target, signer: Signer, pacing: Pacing) -> None:
        self._pacing = pacing
        self._signer = signer
        self._other_site = site_that_refused_means(target.hosts.bss)
        self._line = Line(target, pacing, signer=signer, connections=CONNECTIONS, encoding="gzip")
        self._limits: dict[str, RateLimit] = {}
        self._connections = asyncio.Semaphore(CONNECTIONS)
        self._turn = asyncio.Lock()
        self.server_time_offset: timedelta | None = None
        """The service's clock minus this machine's, as of the last answer."""

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.__aexit__()

    @property
    def limits_seen(self) -> Mapping[str, float]:
        """Calls a second that are let through now, of each operation that the service has refused as too many."""
        return {operation: limit.allowed for operation, limit in self._limits.items() if limit.refusals}

    def name_account(self, account_id: str) -> None:
        """Name the account in every later call, unless the credentials do."""
        self._signer.account_id = account_id

    async def ask(self, question: Question, decode: Callable[[bytes], Answer], *, status: int = 200) -> Answer:
        """Return the decoded answer; raises ApiError. What `decode` raises as transient is asked again, too."""
        limit = self._limit(question.operation)
        began = self._pacing.monotonic()
        for tried in range(self._pacing.tries):
            left = self._pacing.total_seconds - (self._pacing.monotonic() - began)
            try:
                answer = await self._decoded(decode, await self._answer(question, limit, left, status))
            except TransientError as error:
                if error.problem.kind is ProblemKind.THROTTLED:
                    limit.lower(error.allowed_per_second)
                pause = self._pacing.pause(tried, error.wait_seconds)
                spent = self._pacing.monotonic() - began
                if tried + 1 == self._pacing.tries or spent + pause >= self._pacing.total_seconds:
                    raise
                await self._pacing.sleep(pause)
            else:
                limit.raise_again()
                return answer
        raise AssertionError("unreachable: the last try raises")

    async def _decoded(self, decode: Callable[[bytes], Answer], body: bytes) -> Answer:
        """Decode one answer a turn of the event loop: a dozen large ones at once would hold up the keys."""
        async with self._turn:
            answer = decode(body)
            await asyncio.sleep(0)
            return answer

    async def _answer(self, question: Question, limit: RateLimit, seconds: float, status: int) -> bytes:
        """Return the body of an answer that does not say it failed; refused keys are renewed once, where that works."""
        used = await self._signer.identity.fresh()
        try:
            return await self._try(question, limit, seconds, status)
        except ApiError as error:
            refused = error.problem.kind is ProblemKind.CREDENTIALS
            if not refused or not await self._signer.identity.has_replaced(used):
                raise
        return await self._try(question, limit, seconds, status)

    async def _try(self, question: Question, limit: RateLimit, seconds: float, status: int) -> bytes:
        async with self._connections:
            await limit.wait()
            try:
                reply = await self._line.exchange(question, max(LEAST_SECONDS, min(self._pacing.call_seconds, seconds)))
            except (NotSentError, NoAnswerError) as error:
                raise TransientError(network_problem(question.operation, str(error))) from error
        if reply.clock_offset is not None:
            self.server_time_offset = reply.clock_offset
        document = None if reply.status == status and not _may_hold_error(reply.body) else _document(reply.body)
        if reply.status == status and not has_error(document):
            return reply.body
        raise self._error(question.operation, reply, document)

    def _error(self, operation: str, reply: Reply, document: Json) -> ApiError:
        problem = service_problem(operation, reply.status, document, reply.request_id, self.server_time_offset)
        if problem.kind is ProblemKind.WRONG_SITE and self._other_site:
            problem = replace(problem, detail=f"it belongs to {self._other_site}")
        if not is_transient(problem):
            return ApiError(problem)
        return TransientError(problem, reply.retry_after)

    def _limit(self, operation: str) -> RateLimit:
        if operation not in self._limits:
            rate = self._pacing.rates.get(operation, self._pacing.default_rate)
            self._limits[operation] = RateLimit(rate, self._pacing)
        return self._limits[operation]


def _may_hold_error(body: bytes) -> bool:
    """Whether it is worth looking for an error: a page of half a megabyte is not decoded twice for nothing."""
    return b"error_code" in body


def _document(body: bytes) -> Json:
    try:
        return loads(body)
    except StrictJsonError:
        return None
