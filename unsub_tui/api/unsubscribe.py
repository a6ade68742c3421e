"""The one call that destroys. It is sent once; nothing here repeats it, and its outcome is never guessed.

Source of the classes: the project's reliability rules, section 5. Only a failure before a connection exists
proves that nothing was sent; only a definite code of the service proves a refusal; everything else is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

import httpx

from unsub_tui.api import wire
from unsub_tui.api.errors import ApiError, network_problem, service_problem
from unsub_tui.api.exchange import NoAnswerError, NotSentError, Reply, exchange, make_http_client
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.signing import DATE_FORMAT, Signer
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.plan import Reason, UnsubscribeType
from unsub_tui.domain.problem import Problem, ProblemKind

PATH = "/v2/orders/subscriptions/resources/unsubscribe"
ID_LIMIT = 10
"""Ids that one request takes."""
OPERATION = "unsubscribe"

AMBIGUOUS = frozenset({"CBC.30000067", "CBC.30010035", "CBC.99003012"})
"""Gone already, or not known to billing yet: only reading tells."""
THROTTLED = frozenset({"APIG.0308", "CBC.0250"})
IN_TRANSACTION = "CBC.99003651"
"""Another transaction of the resource is under way; whose it is depends on whether we tried before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedUnsubscribe:
    """A request that is ready to go; its hash and date are put on record before it does."""

    resource_ids: tuple[str, ...]
    body: bytes
    sdk_date: str
    """The value of X-Sdk-Date: the service accepts the request for 15 minutes around it."""

    @property
    def request_hash(self) -> str:
        """Hex SHA-256 of the body."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service made orders. That is not yet success."""

    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A definite refusal: nothing was done."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done or not."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing left this machine."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Throttled:
    """Not executed: too many calls."""

    problem: Problem
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """Not executed: the keys were refused."""

    problem: Problem


Answer = Accepted | Rejected | Unknown | NotSent | Throttled | Unauthorized
"""What became of one request."""


class UnsubscribeClient:
    """Sends the unsubscribe request over a connection of its own, once."""

    def __init__(self, target: Target, pacing: Pacing) -> None:
        self._target = target
        self._pacing = pacing
        self._signer = Signer(target.credentials, pacing.now)
        self._stack = AsyncExitStack()
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        client = make_http_client(self._pacing, self._target.make_transport(), connections=0)
        self._http = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def prepare(
        self, resource_ids: Sequence[str], unsubscribe_type: UnsubscribeType, reason: Reason, reason_text: str
    ) -> PreparedUnsubscribe:
        """Return the request for one unit; calls nobody. Raises ValueError for a set of ids that must not be sent."""
        if not 1 <= len(resource_ids) <= ID_LIMIT or not all(Foreign(each).is_safe_id for each in resource_ids):
            raise ValueError("a request carries 1 to 10 plain ids")
        body: dict[str, object] = {
            "resource_ids": list(resource_ids),
            "unsubscribe_type": int(unsubscribe_type),
            "unsubscribe_reason_type": int(reason),
        }
        if reason_text:
            body["unsubscribe_reason"] = reason_text
        return PreparedUnsubscribe(
            resource_ids=tuple(resource_ids),
            body=json.dumps(body, separators=(",", ":")).encode(),
            sdk_date=self._pacing.now().strftime(DATE_FORMAT),
        )

    async def send(self, prepared: PreparedUnsubscribe) -> Answer:
        """Send the request and say what became of it; raises nothing for what happens on the wire."""
        if self._http is None:
            return NotSent(Problem(kind=ProblemKind.INTERNAL, detail="the client is used outside its async with"))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "X-Sdk-Date": prepared.sdk_date,
        }
        request = self._http.build_request(
            "POST", self._target.hosts.bss + PATH, content=prepared.body, headers=headers
        )
        try:
            reply = await exchange(self._http, request, self._signer, self._pacing)
        except NotSentError as error:
            return NotSent(network_problem(OPERATION, str(error)))
        except NoAnswerError as error:
            return Unknown(network_problem(OPERATION, str(error)))
        return classify(reply, prepared.resource_ids)


def classify(reply: Reply, resource_ids: Sequence[str]) -> Answer:
    """Return what an answer means for the unit that asked."""
    try:
        document = loads(reply.body)
    except StrictJsonError as error:
        return _without_document(reply, str(error))
    problem = service_problem(OPERATION, reply.status, document, reply.request_id, reply.clock_offset)
    if problem.code and wire.has_error(document):
        return _with_code(reply, problem)
    if reply.status == 200:
        return _success(document, problem, resource_ids)
    return _without_document(reply, "the answer has no error code")


def _success(document: Json, problem: Problem, resource_ids: Sequence[str]) -> Answer:
    try:
        answer = wire.parse(OPERATION, wire.WireUnsubscribed, document)
    except ApiError as error:
        return Unknown(error.problem)
    for failure in answer.fail_resource_infos or ():
        if failure.resource_id in resource_ids:
            failed = replace(problem, code=Foreign(failure.error_code), message=Foreign(failure.error_msg))
            return Unknown(failed) if failure.error_code in AMBIGUOUS or not failure.error_code else Rejected(failed)
    order_ids = tuple(order_id for order_id in answer.order_ids or () if order_id)
    if order_ids:
        return Accepted(order_ids)
    return Unknown(replace(problem, kind=ProblemKind.BAD_ANSWER, detail="the answer names no order and no failure"))


def _with_code(reply: Reply, problem: Problem) -> Answer:
    """Return what an answer with an error code means."""
    code = problem.code.raw
    if reply.status == 429 or code in THROTTLED:
        return Throttled(problem, reply.retry_after)
    if reply.status == 401:
        return Unauthorized(problem)
    if code in AMBIGUOUS or reply.status >= 500 or reply.status == 408:
        return Unknown(problem)
    if 400 <= reply.status < 500 or (reply.status == 200 and code.startswith("CBC.") and code != "CBC.0999"):
        return Rejected(problem)
    return Unknown(problem)


def _without_document(reply: Reply, why: str) -> Answer:
    """Return what an answer without a readable error means: only 401 and 429 say for certain that nothing was done."""
    problem = Problem(
        kind=ProblemKind.BAD_ANSWER,
        operation=OPERATION,
        detail=why,
        request_id=Foreign(reply.request_id),
        http_status=reply.status,
    )
    if reply.status == 401:
        return Unauthorized(replace(problem, kind=ProblemKind.CREDENTIALS))
    if reply.status == 429:
        return Throttled(replace(problem, kind=ProblemKind.THROTTLED), reply.retry_after)
    return Unknown(problem)
