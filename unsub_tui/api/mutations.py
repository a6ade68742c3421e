"""Client for mutations: unsubscriptions and changes to pay-per-use, which are irreversible, and reversible changes.

It never retries, and it never guesses an outcome. Preparing and sending are separate steps, so that a request can be
journaled before it is sent. Each request concerns one unit, also where Huawei Cloud accepts up to 100 resources.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from unsub_tui.api.auth import DATE_FORMAT, Signer
from unsub_tui.api.errors import ExchangeError
from unsub_tui.api.mutation_results import MutationResult, NotSent, Unauthorized, Unknown, classify_response
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.api.transport import (
    ApiRequest,
    HttpTransport,
    NoResponseError,
    NotSentError,
    SendTracker,
    TransportFactory,
    is_safe_path_segment,
)
from unsub_tui.domain.action import Action
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, UnsubscribeReason
from unsub_tui.domain.problem import UnsubError

_PAY_PER_USE_OPERATIONS = {Action.PAY_PER_USE: "SET_UP", Action.PAY_PER_USE_OFF: "CANCEL"}
_AUTO_RENEWAL_OPERATIONS = {
    Action.AUTO_RENEW_ON: ("autorenew_on", "POST"),
    Action.AUTO_RENEW_OFF: ("autorenew_off", "DELETE"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMutation:
    """A request that is ready to send; its hash and date are journaled before it is sent."""

    action: Action
    resource_ids: tuple[str, ...]
    request: ApiRequest
    sdk_date: str
    """Value of X-Sdk-Date; the service accepts the request within 15 minutes of it."""

    @property
    def request_hash(self) -> str:
        """Hex SHA-256 of method, URL and body."""
        return sha256(f"{self.request.method} {self.request.url}\n".encode() + self.request.body).hexdigest()


class MutationClient:
    """Client that sends each request once, over a new connection."""

    def __init__(
        self, url: str, retry_policy: RetryPolicy, signer: Signer, transport_factory: TransportFactory | None = None
    ) -> None:
        self._url = f"{url}/v2/orders/subscriptions/resources/"
        self._retry_policy = retry_policy
        self._credential_provider = signer.credential_provider
        self._transport = HttpTransport(url, retry_policy, signer, transport_factory)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    def prepare(
        self,
        action: Action,
        ids: Sequence[str],
        reason: UnsubscribeReason = UnsubscribeReason.OTHER,
        reason_text: str = "",
    ) -> PreparedMutation:
        """Return the request for one unit, without sending it. Reasons are for unsubscriptions only.

        An unsubscription takes 1 to 10 ids, a change the id of one primary resource, and includes its attached
        resources. Raise ValueError for other ids.
        """
        kind = action.unsubscribe_type
        max_ids = 1 if kind is None else MAX_PRIMARY_PER_REQUEST
        if not 1 <= len(ids) <= max_ids or not all(is_safe_path_segment(each) for each in ids):
            raise ValueError(f"a request carries 1 to {max_ids} plain ids")
        if kind is None:
            request = _change_request(self._url, action, ids[0])
        else:
            body = {"resource_ids": list(ids), "unsubscribe_type": int(kind), "unsubscribe_reason_type": int(reason)}
            if reason_text:
                body["unsubscribe_reason"] = reason_text
            request = ApiRequest.post("unsubscribe", self._url + "unsubscribe", body)
        sdk_date = self._retry_policy.now().strftime(DATE_FORMAT)
        return PreparedMutation(
            action=action,
            resource_ids=tuple(ids),
            request=replace(request, headers={"X-Sdk-Date": sdk_date}),
            sdk_date=sdk_date,
        )

    async def send(self, prepared: PreparedMutation) -> MutationResult:
        """Send the request and return its result; network errors are results, not exceptions.

        If the task is canceled after the request may have been sent, return `Unknown` so that the caller can journal
        it; the cancellation is raised again at the task's next await. If nothing was sent, the cancellation
        propagates as usual.
        """
        operation, tracker = prepared.request.operation, SendTracker()
        try:
            await self._credential_provider.refresh()  # a failure here proves that nothing was sent
        except UnsubError as error:
            return Unauthorized(replace(error.problem, operation=operation))
        try:
            response = await self._transport.send(prepared.request, self._retry_policy.attempt_timeout_seconds, tracker)
        except NotSentError as error:
            return NotSent(error.problem(operation))
        except NoResponseError as error:
            return Unknown(error.problem(operation))
        except asyncio.CancelledError:
            if not tracker.may_have_been_sent:
                raise
            _cancel_later()
            return Unknown(ExchangeError("canceled").problem(operation))
        return classify_response(prepared.action, operation, response, prepared.resource_ids)


def _change_request(url: str, action: Action, resource_id: str) -> ApiRequest:
    if action is Action.PAY_PER_USE_NOW:
        return ApiRequest.post("to_on_demand_now", url + "to-on-demand/instantly", {"resource_ids": [resource_id]})
    if action in _PAY_PER_USE_OPERATIONS:
        body = {"operation": _PAY_PER_USE_OPERATIONS[action], "resource_ids": [resource_id]}
        return ApiRequest.post("to_on_demand", url + "to-on-demand", body)
    operation, method = _AUTO_RENEWAL_OPERATIONS[action]
    return ApiRequest(operation=operation, method=method, url=f"{url}autorenew/{resource_id}")


def _cancel_later() -> None:
    """Raise the cancellation that was just caught again at the next await of this task."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
        task.cancel()
