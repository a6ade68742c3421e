"""Client for the unsubscribe call, which is irreversible. It never retries, and it never guesses an outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from unsub_tui.api.auth import DATE_FORMAT, Signer
from unsub_tui.api.client_config import ClientConfig
from unsub_tui.api.errors import network_problem
from unsub_tui.api.mutation_results import (
    OPERATION,
    TRANSACTION_IN_PROGRESS,
    Accepted,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
    UnsubscribeResult,
    classify_response,
)
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.api.transport import ApiRequest, HttpTransport, NoResponseError, NotSentError, SendTracker, to_json
from unsub_tui.domain.action import UnsubscribeType
from unsub_tui.domain.plan import UnsubscribeReason
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.untrusted_text import UntrustedText

__all__ = [
    "TRANSACTION_IN_PROGRESS",
    "Accepted",
    "NotSent",
    "PreparedUnsubscribe",
    "Rejected",
    "Throttled",
    "Unauthorized",
    "Unknown",
    "UnsubscribeClient",
    "UnsubscribeResult",
]

PATH = "/v2/orders/subscriptions/resources/unsubscribe"
MAX_UNSUBSCRIBE_IDS = 10
"""Maximum number of ids in an unsubscribe request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedUnsubscribe:
    """An unsubscribe request that is ready to send; its hash and date are journaled before it is sent."""

    resource_ids: tuple[str, ...]
    body: bytes
    sdk_date: str
    """Value of X-Sdk-Date; the service accepts the request within 15 minutes of it."""

    @property
    def request_hash(self) -> str:
        """Hex SHA-256 of the body."""
        return sha256(self.body).hexdigest()


class UnsubscribeClient:
    """Client that sends each unsubscribe request once, over a new connection."""

    def __init__(self, config: ClientConfig, signer: Signer, retry_policy: RetryPolicy) -> None:
        self._url = config.hosts.bss + PATH
        self._retry_policy = retry_policy
        self._credential_provider = signer.credential_provider
        self._transport = HttpTransport(config, retry_policy, signer=signer, connections=0, encoding="identity")

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    def prepare(
        self,
        resource_ids: Sequence[str],
        unsubscribe_type: UnsubscribeType,
        reason: UnsubscribeReason,
        reason_text: str,
    ) -> PreparedUnsubscribe:
        """Return the request for one unit, without sending it. Raise ValueError unless there are 1 to 10 safe ids."""
        if not 1 <= len(resource_ids) <= MAX_UNSUBSCRIBE_IDS or not all(
            UntrustedText(each).is_safe_id for each in resource_ids
        ):
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
            body=to_json(body),
            sdk_date=self._retry_policy.now().strftime(DATE_FORMAT),
        )

    async def send(self, prepared: PreparedUnsubscribe) -> UnsubscribeResult:
        """Send the request and return its result; network errors are results, not exceptions.

        If the task is canceled after the request may have been sent, return `Unknown` so that the caller can journal
        it; the cancellation is raised again at the task's next await. If nothing was sent, the cancellation
        propagates as usual.
        """
        try:
            await self._credential_provider.refresh()
        except UnsubError as error:
            return Unauthorized(replace(error.problem, operation=OPERATION))
        request = ApiRequest(
            operation=OPERATION,
            method="POST",
            url=self._url,
            body=prepared.body,
            headers={"X-Sdk-Date": prepared.sdk_date},
        )
        tracker = SendTracker()
        try:
            response = await self._transport.send(request, self._retry_policy.attempt_timeout_seconds, tracker)
        except NotSentError as error:
            return NotSent(network_problem(OPERATION, str(error)))
        except NoResponseError as error:
            return Unknown(network_problem(OPERATION, str(error)))
        except asyncio.CancelledError:
            if not tracker.may_have_been_sent:
                raise
            _cancel_later()
            return Unknown(network_problem(OPERATION, "cancelled before the answer came"))
        return classify_response(response, prepared.resource_ids)


def _cancel_later() -> None:
    """Raise the cancellation that was just caught again at the next await of this task."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
        task.cancel()
