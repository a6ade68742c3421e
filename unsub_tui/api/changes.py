"""Changes that can be undone: auto-renewal on and off, pay-per-use at expiry. Each request is sent once.

Nothing here repeats a request: whether one whose answer is lost was carried out is told by reading the resource, whose
expiry policy says it. A request is prepared first, so that it can be put on record before it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Self

from unsub_tui.api import wire
from unsub_tui.api.answers import NotSent, Rejected, Throttled, Unauthorized, Unknown
from unsub_tui.api.errors import ApiError, bad_answer, has_error, is_transient, network_problem, service_problem
from unsub_tui.api.exchange import Line, NoAnswerError, NotSentError, Question, Reply
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.signing import DATE_FORMAT, Signer
from unsub_tui.api.strict import Json, StrictJsonError, loads
from unsub_tui.api.target import Target
from unsub_tui.domain.action import Action
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.problem import ProblemKind, UnsubError

AUTO_RENEWAL_PATH = "/v2/orders/subscriptions/resources/autorenew/"
PAY_PER_USE_PATH = "/v2/orders/subscriptions/resources/to-on-demand"
PAY_PER_USE_IDS = 100
ALREADY_OFF = "CBC.99003605"
"""Auto-renewal was off before: that is what was wanted."""


class PayPerUse(Enum):
    """What is asked for at expiry."""

    SET_UP = "SET_UP"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Done:
    """It is as it was asked for."""

    was_so_before: bool = False


_PAY_PER_USE = {Action.PAY_PER_USE: PayPerUse.SET_UP, Action.PAY_PER_USE_OFF: PayPerUse.CANCEL}
_AUTO_RENEWAL = {Action.AUTO_RENEW_ON: ("autorenew_on", "POST"), Action.AUTO_RENEW_OFF: ("autorenew_off", "DELETE")}

Change = Done | Rejected | Unknown | NotSent | Throttled | Unauthorized
"""What became of a change of one resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChange:
    """A change of some resources that is ready to go."""

    resource_ids: tuple[str, ...]
    action: Action
    question: Question
    sdk_date: str
    """The value of X-Sdk-Date: the service accepts the request for 15 minutes around it."""

    @property
    def request_hash(self) -> str:
        """Hex SHA-256 of method, address and body: two of these requests have no body."""
        question = self.question
        return sha256(f"{question.method} {question.url}\n".encode() + question.body).hexdigest()


class ChangeClient:
    """Sends changes over a connection of its own, each once; raises nothing for what happens on the wire."""

    def __init__(self, target: Target, signer: Signer, pacing: Pacing) -> None:
        self._bss = target.hosts.bss
        self._pacing = pacing
        self._identity = signer.identity
        self._line = Line(target, pacing, signer=signer, connections=0, encoding="identity")

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.__aexit__()

    def prepare(self, action: Action, ids: Sequence[str]) -> PreparedChange:
        """Return the request for main resources; attached ones follow. Auto-renewal takes one, pay-per-use up to 100.

        Calls nobody; raises ValueError for ids that must not be sent, KeyError for what is no such change.
        """
        if action in _PAY_PER_USE:
            _check(ids, PAY_PER_USE_IDS)
            body: dict[str, object] = {"operation": _PAY_PER_USE[action].value, "resource_ids": list(ids)}
            question = Question.post("to_on_demand", self._bss + PAY_PER_USE_PATH, body)
        else:
            _check(ids, 1)
            operation, method = _AUTO_RENEWAL[action]
            question = Question(operation=operation, method=method, url=self._bss + AUTO_RENEWAL_PATH + ids[0])
        sdk_date = self._pacing.now().strftime(DATE_FORMAT)
        return PreparedChange(
            resource_ids=tuple(ids),
            action=action,
            question=replace(question, headers={"X-Sdk-Date": sdk_date}),
            sdk_date=sdk_date,
        )

    async def send(self, prepared: PreparedChange) -> Mapping[str, Change]:
        """Send a request and say what became of each resource; raises nothing for what happens on the wire."""
        question, ids = prepared.question, prepared.resource_ids
        reply = await self._send(question)
        if not isinstance(reply, Reply):
            return dict.fromkeys(ids, reply)
        if prepared.action in _PAY_PER_USE:
            return _of_pay_per_use(question.operation, reply, ids)
        return {ids[0]: _of_auto_renewal(prepared.action, question.operation, reply)}

    async def set_auto_renewal(self, resource_id: str, *, on: bool) -> Change:
        """Switch the auto-renewal of a main resource, and of all that is attached to it."""
        action = Action.AUTO_RENEW_ON if on else Action.AUTO_RENEW_OFF
        return (await self.send(self.prepare(action, (resource_id,))))[resource_id]

    async def set_pay_per_use(self, ids: Sequence[str], wanted: PayPerUse) -> Mapping[str, Change]:
        """Ask for pay-per-use at expiry of main resources, or cancel that; says what became of each."""
        action = Action.PAY_PER_USE if wanted is PayPerUse.SET_UP else Action.PAY_PER_USE_OFF
        return await self.send(self.prepare(action, ids))

    async def _send(self, question: Question) -> Reply | NotSent | Unknown | Unauthorized:
        try:
            await self._identity.fresh()
            return await self._line.exchange(question, self._pacing.call_seconds)
        except NotSentError as error:
            return NotSent(network_problem(question.operation, str(error)))
        except NoAnswerError as error:
            return Unknown(network_problem(question.operation, str(error)))
        except UnsubError as error:
            return Unauthorized(replace(error.problem, operation=question.operation))


def _of_auto_renewal(action: Action, operation: str, reply: Reply) -> Change:
    if reply.status == 204:
        return Done()
    refused = _refused(operation, reply, _document(reply))
    is_so = isinstance(refused, Rejected) and refused.problem.code.raw == ALREADY_OFF
    return Done(was_so_before=True) if is_so and action is Action.AUTO_RENEW_OFF else refused


def _of_pay_per_use(operation: str, reply: Reply, ids: Sequence[str]) -> Mapping[str, Change]:
    document = _document(reply)
    if reply.status != 200 or has_error(document):
        return dict.fromkeys(ids, _refused(operation, reply, document))
    try:
        answer = wire.parse(operation, wire.WireChanges, document)
    except ApiError as error:
        return dict.fromkeys(ids, Unknown(replace(error.problem, http_status=reply.status)))
    failures = {each.id: each for each in answer.error_details or ()}
    if not failures.keys() <= set(ids):
        strange = bad_answer(operation, "the answer names a failure of something that was not asked for")
        return dict.fromkeys(ids, Unknown(replace(strange.problem, http_status=reply.status)))
    return {each: _of_one(reply, failures.get(each)) for each in ids}


def _of_one(reply: Reply, failure: wire.WireChangeFailure | None) -> Change:
    if failure is None:
        return Done()
    document = {"error_code": failure.error_code, "error_msg": failure.error_msg}
    problem = service_problem("to_on_demand", reply.status, document, reply.request_id, None)
    return Rejected(problem) if problem.code else Unknown(problem)


def _refused(operation: str, reply: Reply, document: Json) -> Rejected | Unknown | Throttled | Unauthorized:
    """Return what an answer means that is not the documented success."""
    problem = service_problem(operation, reply.status, document, reply.request_id, reply.clock_offset)
    if problem.kind is ProblemKind.THROTTLED:
        return Throttled(problem, reply.retry_after)
    if problem.kind in (ProblemKind.CREDENTIALS, ProblemKind.CLOCK):
        return Unauthorized(problem)
    if problem.code and not is_transient(problem):
        return Rejected(problem)
    if not problem.code and reply.status < 300:
        return Unknown(bad_answer(operation, f"HTTP {reply.status} is not what the service documents").problem)
    return Unknown(problem)


def _document(reply: Reply) -> Json:
    try:
        return loads(reply.body)
    except StrictJsonError:
        return None


def _check(ids: Sequence[str], most: int) -> None:
    if not 1 <= len(ids) <= most or not all(Foreign(each).is_safe_id and each.strip(".") for each in ids):
        raise ValueError(f"a change names 1 to {most} plain ids")
