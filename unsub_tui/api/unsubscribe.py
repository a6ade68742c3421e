"""The one call that destroys. It is sent once; nothing here repeats it, and its outcome is never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from unsub_tui.api.answers import (
    IN_TRANSACTION,
    OPERATION,
    Accepted,
    Answer,
    NotSent,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
    classify,
)
from unsub_tui.api.errors import network_problem
from unsub_tui.api.exchange import Departure, Line, NoAnswerError, NotSentError, Question, to_json
from unsub_tui.api.pacing import Pacing
from unsub_tui.api.signing import DATE_FORMAT, Signer
from unsub_tui.api.target import Target
from unsub_tui.domain.action import UnsubscribeType
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.plan import Reason
from unsub_tui.domain.problem import UnsubError

__all__ = [
    "IN_TRANSACTION",
    "Accepted",
    "Answer",
    "NotSent",
    "PreparedUnsubscribe",
    "Rejected",
    "Throttled",
    "Unauthorized",
    "Unknown",
    "UnsubscribeClient",
]

PATH = "/v2/orders/subscriptions/resources/unsubscribe"
ID_LIMIT = 10
"""Ids that one request takes."""


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


class UnsubscribeClient:
    """Sends the unsubscribe request over a connection of its own, once."""

    def __init__(self, target: Target, signer: Signer, pacing: Pacing) -> None:
        self._url = target.hosts.bss + PATH
        self._pacing = pacing
        self._identity = signer.identity
        self._line = Line(target, pacing, signer=signer, connections=0, encoding="identity")

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.__aexit__()

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
            body=to_json(body),
            sdk_date=self._pacing.now().strftime(DATE_FORMAT),
        )

    async def send(self, prepared: PreparedUnsubscribe) -> Answer:
        """Send the request and say what became of it; raises nothing for what happens on the wire.

        Where the task is cancelled when the request may have left, the answer is `Unknown`, so that it can be put
        on record, and the task's next wait is cancelled instead. Before that, nothing has happened, and the
        cancellation goes its usual way.
        """
        try:
            await self._identity.fresh()
        except UnsubError as error:
            return Unauthorized(replace(error.problem, operation=OPERATION))
        question = Question(
            operation=OPERATION,
            method="POST",
            url=self._url,
            body=prepared.body,
            headers={"X-Sdk-Date": prepared.sdk_date},
        )
        departure = Departure()
        try:
            reply = await self._line.exchange(question, self._pacing.call_seconds, departure)
        except NotSentError as error:
            return NotSent(network_problem(OPERATION, str(error)))
        except NoAnswerError as error:
            return Unknown(network_problem(OPERATION, str(error)))
        except asyncio.CancelledError:
            if not departure.may_have_begun:
                raise
            _cancel_later()
            return Unknown(network_problem(OPERATION, "cancelled before the answer came"))
        return classify(reply, prepared.resource_ids)


def _cancel_later() -> None:
    """Let the cancellation that was just caught come again at the next wait of this task."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
        task.cancel()
