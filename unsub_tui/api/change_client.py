"""Client for reversible changes: auto-renewal on and off, and pay-per-use at expiry.

Requests are never retried. If a response is lost, the expiry policy of the resource shows whether the change was
applied. Preparing and sending are separate steps, so that a request can be journaled before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Self

from unsub_tui.api import schemas
from unsub_tui.api.auth import DATE_FORMAT, Signer
from unsub_tui.api.client_config import ClientConfig
from unsub_tui.api.errors import ApiError, has_error, invalid_response, is_transient, network_problem, service_problem
from unsub_tui.api.mutation_results import NotSent, Rejected, Throttled, Unauthorized, Unknown
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.api.strict_json import Json, StrictJsonError, loads
from unsub_tui.api.transport import ApiRequest, ApiResponse, HttpTransport, NoResponseError, NotSentError
from unsub_tui.domain.action import Action
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import UntrustedText

AUTO_RENEWAL_PATH = "/v2/orders/subscriptions/resources/autorenew/"
PAY_PER_USE_PATH = "/v2/orders/subscriptions/resources/to-on-demand"
MAX_PAY_PER_USE_IDS = 100
AUTO_RENEWAL_ALREADY_OFF = "CBC.99003605"
"""Error code for turning off auto-renewal that is already off; we count it as success."""


class PayPerUseOperation(Enum):
    """Operation of the pay-per-use API, as named there."""

    SET_UP = "SET_UP"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Applied:
    """The requested setting is in effect."""

    was_already_set: bool = False


_PAY_PER_USE_OPERATIONS = {
    Action.PAY_PER_USE: PayPerUseOperation.SET_UP,
    Action.PAY_PER_USE_OFF: PayPerUseOperation.CANCEL,
}
_AUTO_RENEWAL_OPERATIONS = {
    Action.AUTO_RENEW_ON: ("autorenew_on", "POST"),
    Action.AUTO_RENEW_OFF: ("autorenew_off", "DELETE"),
}

ChangeResult = Applied | Rejected | Unknown | NotSent | Throttled | Unauthorized
"""Result of a change to one resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChange:
    """A change request that is ready to send."""

    resource_ids: tuple[str, ...]
    action: Action
    request: ApiRequest
    sdk_date: str
    """Value of X-Sdk-Date; the service accepts the request within 15 minutes of it."""

    @property
    def request_hash(self) -> str:
        """Hex SHA-256 of method, URL and body; the auto-renewal requests have no body."""
        question = self.request
        return sha256(f"{question.method} {question.url}\n".encode() + question.body).hexdigest()


class ChangeClient:
    """Client that sends each change once, over a new connection; network errors are results, not exceptions."""

    def __init__(self, config: ClientConfig, signer: Signer, retry_policy: RetryPolicy) -> None:
        self._bss = config.hosts.bss
        self._retry_policy = retry_policy
        self._credential_provider = signer.credential_provider
        self._transport = HttpTransport(config, retry_policy, signer=signer, connections=0, encoding="identity")

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    def prepare(self, action: Action, ids: Sequence[str]) -> PreparedChange:
        """Return the request for primary resources, without sending it; the change includes attached resources.

        Auto-renewal takes one id, pay-per-use up to 100. Raise ValueError for other ids, KeyError for other actions.
        """
        if action in _PAY_PER_USE_OPERATIONS:
            _check_ids(ids, MAX_PAY_PER_USE_IDS)
            body: dict[str, object] = {"operation": _PAY_PER_USE_OPERATIONS[action].value, "resource_ids": list(ids)}
            request = ApiRequest.post("to_on_demand", self._bss + PAY_PER_USE_PATH, body)
        else:
            _check_ids(ids, 1)
            operation, method = _AUTO_RENEWAL_OPERATIONS[action]
            request = ApiRequest(operation=operation, method=method, url=self._bss + AUTO_RENEWAL_PATH + ids[0])
        sdk_date = self._retry_policy.now().strftime(DATE_FORMAT)
        return PreparedChange(
            resource_ids=tuple(ids),
            action=action,
            request=replace(request, headers={"X-Sdk-Date": sdk_date}),
            sdk_date=sdk_date,
        )

    async def send(self, prepared: PreparedChange) -> Mapping[str, ChangeResult]:
        """Send the request and return the result per resource id; network errors are results, not exceptions."""
        request, ids = prepared.request, prepared.resource_ids
        response = await self._send(request)
        if not isinstance(response, ApiResponse):
            return dict.fromkeys(ids, response)
        if prepared.action in _PAY_PER_USE_OPERATIONS:
            return _classify_pay_per_use(request.operation, response, ids)
        return {ids[0]: _classify_auto_renewal(prepared.action, request.operation, response)}

    async def set_auto_renewal(self, resource_id: str, *, on: bool) -> ChangeResult:
        """Turn auto-renewal on or off for a primary resource and its attached resources."""
        action = Action.AUTO_RENEW_ON if on else Action.AUTO_RENEW_OFF
        return (await self.send(self.prepare(action, (resource_id,))))[resource_id]

    async def set_pay_per_use(self, ids: Sequence[str], operation: PayPerUseOperation) -> Mapping[str, ChangeResult]:
        """Set up or cancel pay-per-use at expiry for primary resources; return the result per resource id."""
        action = Action.PAY_PER_USE if operation is PayPerUseOperation.SET_UP else Action.PAY_PER_USE_OFF
        return await self.send(self.prepare(action, ids))

    async def _send(self, request: ApiRequest) -> ApiResponse | NotSent | Unknown | Unauthorized:
        try:
            await self._credential_provider.refresh()
            return await self._transport.send(request, self._retry_policy.attempt_timeout_seconds)
        except NotSentError as error:
            return NotSent(network_problem(request.operation, str(error)))
        except NoResponseError as error:
            return Unknown(network_problem(request.operation, str(error)))
        except UnsubError as error:
            return Unauthorized(replace(error.problem, operation=request.operation))


def _classify_auto_renewal(action: Action, operation: str, response: ApiResponse) -> ChangeResult:
    if response.status == 204:
        return Applied()
    refused = _classify_error(operation, response, _parse_body(response))
    is_so = isinstance(refused, Rejected) and refused.problem.code.raw == AUTO_RENEWAL_ALREADY_OFF
    return Applied(was_already_set=True) if is_so and action is Action.AUTO_RENEW_OFF else refused


def _classify_pay_per_use(operation: str, response: ApiResponse, ids: Sequence[str]) -> Mapping[str, ChangeResult]:
    document = _parse_body(response)
    if response.status != 200 or has_error(document):
        return dict.fromkeys(ids, _classify_error(operation, response, document))
    try:
        answer = schemas.parse_model(operation, schemas.WireChangeResponse, document)
    except ApiError as error:
        return dict.fromkeys(ids, Unknown(replace(error.problem, http_status=response.status)))
    failures = {each.id: each for each in answer.error_details or ()}
    if not failures.keys() <= set(ids):
        strange = invalid_response(operation, "the answer names a failure of something that was not asked for")
        return dict.fromkeys(ids, Unknown(replace(strange.problem, http_status=response.status)))
    return {each: _classify_item(response, failures.get(each)) for each in ids}


def _classify_item(response: ApiResponse, failure: schemas.WireChangeFailure | None) -> ChangeResult:
    if failure is None:
        return Applied()
    document = {"error_code": failure.error_code, "error_msg": failure.error_msg}
    problem = service_problem("to_on_demand", response.status, document, response.request_id, None)
    return Rejected(problem) if problem.code else Unknown(problem)


def _classify_error(
    operation: str, response: ApiResponse, document: Json
) -> Rejected | Unknown | Throttled | Unauthorized:
    """Return the result for a response other than the documented success."""
    problem = service_problem(operation, response.status, document, response.request_id, response.clock_offset)
    if problem.kind is ProblemKind.THROTTLED:
        return Throttled(problem, response.retry_after)
    if problem.kind in (ProblemKind.CREDENTIALS, ProblemKind.CLOCK):
        return Unauthorized(problem)
    if problem.code and not is_transient(problem):
        return Rejected(problem)
    if not problem.code and response.status < 300:
        return Unknown(invalid_response(operation, f"HTTP {response.status} is not what the service documents").problem)
    return Unknown(problem)


def _parse_body(response: ApiResponse) -> Json:
    try:
        return loads(response.body)
    except StrictJsonError:
        return None


def _check_ids(ids: Sequence[str], max_ids: int) -> None:
    if not 1 <= len(ids) <= max_ids or not all(UntrustedText(each).is_safe_id and each.strip(".") for each in ids):
        raise ValueError(f"a change names 1 to {max_ids} plain ids")
