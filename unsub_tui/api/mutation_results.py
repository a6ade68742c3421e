"""Results of mutations, and their classification from responses.

Only a failure before a connection exists proves that nothing was sent. A response with status 4xx and an error code
proves a rejection, whichever code it is, except for `AMBIGUOUS_CODES`; with status 200, only `REJECTION_CODES` do.
Everything else is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from unsub_tui.api.errors import INTERNAL_ERROR, SUCCESS, ApiError, has_error, is_transient, service_problem
from unsub_tui.api.json_object import JsonObject
from unsub_tui.api.transport import ApiResponse
from unsub_tui.api.wire_format import Json, loads_or_none
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.untrusted_text import UntrustedText

AMBIGUOUS_CODES = frozenset({"CBC.30000067", "CBC.30010035", "CBC.99003012", INTERNAL_ERROR, SUCCESS})
"""Codes of resources that are gone or not yet known to billing, and contradictory codes; only a read is conclusive."""
TRANSACTION_IN_PROGRESS = "CBC.99003651"
"""Another transaction of the resource is in progress; it may be ours if we submitted before."""
REJECTION_CODES = frozenset(
    {
        *("CBC.0100", "CBC.0101", "CBC.0150", "CBC.0151", "CBC.0155", "CBC.0156", "CBC.18000016"),
        *("CBC.30000052", "CBC.30000053", "CBC.7281", "CBC.99003100", "CBC.99003128", "CBC.99003185"),
        *("CBC.99003643", "CBC.99003645", "CBC.99003647", "CBC.99003649", "CBC.99003650", TRANSACTION_IN_PROGRESS),
        *("CBC.99003652", "CBC.99003654", "CBC.99003656", "CBC.99006066"),
        *("CBC.3002", "CBC.3006", "CBC.3016"),
    }
)
"""Documented rejections. They also count in a response with status 200, as sent by old API versions."""
MAX_NOTES = 10
"""Maximum number of failures of other resources to name; the others are counted."""
MAX_MESSAGE_LENGTH = 500
"""Maximum number of characters of Huawei Cloud's message in a note."""
_IMMEDIATE_RESULTS = "to_ondemand_service_results"
"""Field with one result per resource in the response to an immediate change to pay-per-use."""
_IMMEDIATE_SUCCESSES = ("SUCCESS", "AUDIT")
"""Results with an order; AUDIT: the order awaits approval."""
AUTO_RENEWAL_ALREADY_OFF = "CBC.99003605"
"""Error code for turning off auto-renewal that is already off; we count it as success."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service created orders, which may still fail; a reversible change has none and is in effect."""

    order_ids: tuple[str, ...] = ()
    is_under_review: bool = False
    """Whether the response says that the order awaits approval by Huawei Cloud."""
    notes: tuple[Fact, ...] = ()
    """Failures of resources that were not requested: they may be leftovers that keep billing."""


@dataclass(frozen=True)
class Failure:
    """Base class of the other results."""

    problem: Problem


class Rejected(Failure):
    """The service definitely rejected the request and changed nothing."""


class Unknown(Failure):
    """The request may or may not have been executed."""


class NotSent(Failure):
    """The request was not sent."""


@dataclass(frozen=True)
class Throttled(Failure):
    """The request was not executed because of too many calls."""

    retry_after_seconds: float | None
    """Retry-After in seconds, if present."""


class Unauthorized(Failure):
    """The request was not executed because the credentials or the request date were rejected."""


MutationResult = Accepted | Rejected | Unknown | NotSent | Throttled | Unauthorized


def classify_response(
    action: Action, operation: str, response: ApiResponse, resource_ids: Sequence[str]
) -> MutationResult:
    """Return the result for the unit with these resource ids."""
    if action is Action.PAY_PER_USE_NOW:
        return _classify_order(operation, response, resource_ids, _classify_immediate_change)
    if action.creates_order:
        return _classify_order(operation, response, resource_ids, _classify_success)
    if action is Action.AUTO_RENEW_ON or action is Action.AUTO_RENEW_OFF:
        return _classify_auto_renewal(action, operation, response)
    if action is Action.PAY_PER_USE or action is Action.PAY_PER_USE_OFF:
        return _classify_pay_per_use(operation, response, *resource_ids)
    raise ValueError(f"no request for {action}")  # a new action needs its own classification


def _classify_order(
    operation: str,
    response: ApiResponse,
    resource_ids: Sequence[str],
    classify_success: Callable[[Json, Problem, Sequence[str]], MutationResult],
) -> MutationResult:
    """Return the result of a request that creates orders; `classify_success` reads a response with status 200."""
    document = loads_or_none(response.body)
    problem = _response_problem(operation, response, document)
    if response.status == 200:
        return classify_success(document, problem, resource_ids)
    # any other status may come from a gateway that passed the request on, whatever code is in the body
    if not 400 <= response.status < 500 or response.status == 408:
        return Unknown(problem)
    if isinstance(document, dict) and (document.get("order_ids") or document.get(_IMMEDIATE_RESULTS)):
        return _contradictory(problem, "order_and_error")
    not_executed = _not_executed(problem, response)
    if not_executed is not None:
        return not_executed
    if problem.code:
        return Unknown(problem) if problem.code.raw in AMBIGUOUS_CODES else Rejected(problem)
    return Unknown(replace(problem, kind=ProblemKind.BAD_RESPONSE))  # it may not come from the service itself


def _not_executed(problem: Problem, response: ApiResponse) -> Throttled | Unauthorized | None:
    if problem.kind is ProblemKind.THROTTLED:
        return Throttled(problem, response.retry_after)
    return Unauthorized(problem) if problem.kind in (ProblemKind.CREDENTIALS, ProblemKind.CLOCK) else None


def _classify_success(document: Json, problem: Problem, resource_ids: Sequence[str]) -> MutationResult:
    """Return the result of a response with status 200, which alone does not mean success."""
    try:
        answer = JsonObject(problem.operation, document)
        order_ids = _order_ids(answer)
        listed = answer.objects("fail_resource_infos")
        failures = [each for each in listed if each.text("resource_id") in resource_ids]
        notes = _notes([each for each in listed if each not in failures])
    except ApiError as error:
        return Unknown(replace(problem, kind=ProblemKind.BAD_RESPONSE, facts=error.problem.facts))
    if order_ids and (has_error(document) or failures):
        return _contradictory(problem, "order_and_error")
    if has_error(document):
        return _classify_error_in_success(problem)
    if failures:
        return _classify_failures(failures, problem, resource_ids)
    if not order_ids:
        return _contradictory(problem, "no_outcome")
    if not all(UntrustedText(order_id).is_safe_id for order_id in order_ids):
        return _contradictory(problem, "field_invalid", name="order_ids")
    return Accepted(order_ids, notes=notes)


def _classify_immediate_change(document: Json, problem: Problem, resource_ids: Sequence[str]) -> MutationResult:
    """Return the result of a response with status 200 to an immediate change to pay-per-use of one resource."""
    try:
        results = JsonObject(problem.operation, document).objects(_IMMEDIATE_RESULTS)
        named = [(each.text("resource_id"), each.text("result"), each.text("order_id")) for each in results]
    except ApiError as error:
        return Unknown(replace(problem, kind=ProblemKind.BAD_RESPONSE, facts=error.problem.facts))
    if has_error(document):
        return _contradictory(problem, "order_and_error") if named else _classify_error_in_success(problem)
    if not named:
        return _contradictory(problem, "no_outcome")
    if [resource_id for resource_id, _, _ in named] != list(resource_ids):
        return _contradictory(problem, "other_resources")
    _, result, order_id = named[0]
    if result == "FAIL":
        failure = _failure_problem(results[0], problem)
        is_definite = failure.code and failure.code.raw not in AMBIGUOUS_CODES and not order_id
        return Rejected(failure) if is_definite else Unknown(failure)
    if result not in _IMMEDIATE_SUCCESSES:
        return _contradictory(problem, "field_invalid", name="result")
    if not order_id or not UntrustedText(order_id).is_safe_id:
        return _contradictory(problem, "field_invalid", name="order_id")
    return Accepted((order_id,), is_under_review=result == "AUDIT")


def _notes(failures: Sequence[JsonObject]) -> tuple[Fact, ...]:
    """Return the failures of resources that were not requested."""
    named = tuple(
        fact(
            "other_resource_failed",
            id=each.text("resource_id") or None,
            error_code=each.text("error_code") or None,
            message=each.text("error_msg")[:MAX_MESSAGE_LENGTH],
        )
        for each in failures[:MAX_NOTES]
    )
    rest = len(failures) - len(named)
    return (*named, fact("more_resources_failed", count=rest)) if rest else named


def _order_ids(answer: JsonObject) -> tuple[str, ...]:
    """Return the order ids, without nulls. No other value than a string may count as an order id."""
    listed = answer.elements("order_ids")
    if not all(each is None or isinstance(each, str) for each in listed):
        raise answer.invalid("order_ids")
    return tuple(each for each in listed if isinstance(each, str) and each)


def _classify_error_in_success(problem: Problem) -> MutationResult:
    if problem.kind is ProblemKind.THROTTLED:
        return Throttled(problem, None)
    return Rejected(problem) if problem.code.raw in REJECTION_CODES else Unknown(problem)


def _classify_failures(
    failures: Sequence[JsonObject], problem: Problem, resource_ids: Sequence[str]
) -> Rejected | Unknown:
    """Return Rejected if all resources of the request failed with definite codes, otherwise Unknown."""
    if {each.text("resource_id") for each in failures} != set(resource_ids):
        return _contradictory(problem, "other_resources")
    named = [_failure_problem(each, problem) for each in failures]
    # one definite code is not enough: part of the unit may have been executed
    doubtful = next((each for each in named if not each.code or each.code.raw in AMBIGUOUS_CODES), None)
    if doubtful is not None:
        return Unknown(doubtful)
    # another transaction ends by itself, so any other reason says more
    lasting = (each for each in named if each.code.raw != TRANSACTION_IN_PROGRESS)
    return Rejected(next(lasting, named[0]))


def _response_problem(operation: str, response: ApiResponse, document: Json) -> Problem:
    return service_problem(operation, response.status, document, response.request_id, response.clock_offset)


def _failure_problem(failure: JsonObject, problem: Problem) -> Problem:
    document = {"error_code": failure.text("error_code"), "error_msg": failure.text("error_msg")}
    return service_problem(problem.operation, problem.http_status or 200, document, problem.request_id.raw)


def _contradictory(problem: Problem, code: FactCode, /, **values: str) -> Unknown:
    return Unknown(replace(problem, kind=ProblemKind.BAD_RESPONSE, facts=(fact(code, **values),)))


def _classify_auto_renewal(action: Action, operation: str, response: ApiResponse) -> MutationResult:
    if response.status == 204:
        return Accepted()
    refused = _classify_change_error(_response_problem(operation, response, loads_or_none(response.body)), response)
    is_off = isinstance(refused, Rejected) and refused.problem.code.raw == AUTO_RENEWAL_ALREADY_OFF
    return Accepted() if is_off and action is Action.AUTO_RENEW_OFF else refused


def _classify_pay_per_use(operation: str, response: ApiResponse, resource_id: str) -> MutationResult:
    document = loads_or_none(response.body)
    problem = _response_problem(operation, response, document)
    if response.status != 200 or has_error(document):
        return _classify_change_error(problem, response)
    try:
        failures = JsonObject(operation, document).objects("error_details")  # it lists failures only
    except ApiError as error:
        return Unknown(replace(problem, kind=ProblemKind.BAD_RESPONSE, facts=error.problem.facts))
    if any(each.text("id") != resource_id for each in failures):
        return _contradictory(problem, "other_resources")  # the answer may belong to another request
    if not failures:
        return Accepted()
    failure = _failure_problem(failures[-1], problem)
    return Rejected(failure) if failure.code else Unknown(failure)


def _classify_change_error(problem: Problem, response: ApiResponse) -> Rejected | Unknown | Throttled | Unauthorized:
    """Return the result for a response other than the documented success."""
    not_executed = _not_executed(problem, response)
    if not_executed is not None:
        return not_executed
    if problem.code and not is_transient(problem):
        return Rejected(problem)
    if not problem.code and response.status < 300:
        return _contradictory(problem, "status_undocumented")
    return Unknown(problem)
