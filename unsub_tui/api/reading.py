"""Asks, and asks again where that may help: what all reads of the service have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Self, TypeVar

from unsub_tui.api.errors import ApiError, TransientError, has_error, is_transient, network_problem, service_problem
from unsub_tui.api.exchange import Line, NoAnswerError, NotSentError, Question, Reply
from unsub_tui.api.pacing import Pacing, RateLimit
from unsub_tui.api.signing import Signer
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.domain.problem import ProblemKind

Answer = TypeVar("Answer")

CONNECTIONS = 8
"""Reads under way at the same time."""


class Reader:
    """Reads over one line, within the rate of each operation, with at most five tries and a minute in all."""

    def __init__(self, target: Target, pacing: Pacing) -> None:
        self._pacing = pacing
        self._line = Line(target, pacing, connections=CONNECTIONS, encoding="gzip")
        self._limits: dict[str, RateLimit] = {}
        self.server_time_offset: timedelta | None = None
        """The service's clock minus this machine's, as of the last answer."""

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.__aexit__()

    @property
    def signer(self) -> Signer:
        """Whoever signs for this line."""
        return self._line.signer

    async def ask(self, question: Question, decode: Callable[[bytes], Answer]) -> Answer:
        """Return the decoded answer; raises ApiError. What `decode` raises as transient is asked again, too."""
        limit = self._limit(question.operation)
        await limit.wait()
        began = self._pacing.monotonic()
        for tried in range(self._pacing.tries):
            left = self._pacing.total_seconds - (self._pacing.monotonic() - began)
            try:
                answer = decode(await self._try(question, min(self._pacing.call_seconds, left)))
            except TransientError as error:
                if error.problem.kind is ProblemKind.THROTTLED:
                    limit.lower()
                pause = self._pacing.pause(tried, error.wait_seconds)
                spent = self._pacing.monotonic() - began
                if tried + 1 == self._pacing.tries or spent + pause >= self._pacing.total_seconds:
                    raise
                await self._pacing.sleep(pause)
                await limit.wait()
            else:
                limit.raise_again()
                return answer
        raise AssertionError("unreachable: the last try raises")

    async def _try(self, question: Question, seconds: float) -> bytes:
        """Return the body of an answer that does not say it failed."""
        try:
            reply = await self._line.exchange(question, seconds)
        except (NotSentError, NoAnswerError) as error:
            raise TransientError(network_problem(question.operation, str(error))) from error
        if reply.clock_offset is not None:
            self.server_time_offset = reply.clock_offset
        if 200 <= reply.status < 300 and not _may_hold_error(reply.body):
            return reply.body
        document = _document(reply.body)
        if 200 <= reply.status < 300 and not has_error(document):
            return reply.body
        raise self._error(question.operation, reply, document)

    def _error(self, operation: str, reply: Reply, document: Json) -> ApiError:
        problem = service_problem(operation, reply.status, document, reply.request_id, self.server_time_offset)
        return TransientError(problem, reply.retry_after) if is_transient(problem) else ApiError(problem)

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
