"""Prepares the request of a unit: an unsubscription or a reversible change, always one unit per request.

Huawei Cloud accepts up to 100 resources per request for the change to pay-per-use at expiry. The program still sends
one at a time, so that each answer concerns one unit and a lost answer leaves only one unit unknown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from unsub_tui.api.change_client import Applied, ChangeClient
from unsub_tui.api.connection import Connection
from unsub_tui.api.unsubscribe_client import UnsubscribeClient, UnsubscribeResult
from unsub_tui.domain.action import Action, UnsubscribeType
from unsub_tui.journal.codec import RunDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """A request that is ready to be sent."""

    resource_ids: tuple[str, ...]
    """The resource ids that the request names."""
    request_hash: str
    sdk_date: str
    send: Callable[[], Awaitable[UnsubscribeResult | Applied]]
    """Sends the request once; network errors are returned as results, not raised."""


RequestFactory = Callable[[tuple[str, ...], RunDocument], PreparedRequest]
"""Prepares the request of a unit from its resource ids, without any network call."""


@asynccontextmanager
async def open_request_factory(connection: Connection, action: Action) -> AsyncIterator[RequestFactory]:
    """Open the client for the action and yield the request factory. The client never repeats a request."""
    kind = action.unsubscribe_type
    if kind is None:
        async with connection.change_client() as changer:
            yield lambda ids, document: _change(changer, ids, document.action)
    else:
        async with connection.unsubscribe_client() as submitter:
            yield lambda ids, document: _unsubscription(submitter, ids, document, kind)


def _unsubscription(
    client: UnsubscribeClient, ids: tuple[str, ...], document: RunDocument, kind: UnsubscribeType
) -> PreparedRequest:
    prepared = client.prepare(ids, kind, document.reason, document.reason_text)
    return PreparedRequest(
        resource_ids=prepared.resource_ids,
        request_hash=prepared.request_hash,
        sdk_date=prepared.sdk_date,
        send=lambda: client.send(prepared),
    )


def _change(client: ChangeClient, ids: tuple[str, ...], action: Action) -> PreparedRequest:
    (resource_id,) = ids  # only an unsubscription can name a bundle
    prepared = client.prepare(action, ids)

    async def send() -> UnsubscribeResult | Applied:
        return (await client.send(prepared))[resource_id]

    return PreparedRequest(
        resource_ids=prepared.resource_ids,
        request_hash=prepared.request_hash,
        sdk_date=prepared.sdk_date,
        send=send,
    )
