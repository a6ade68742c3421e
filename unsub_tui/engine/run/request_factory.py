"""Who carries a unit's request: the unsubscription, or one of the changes that can be undone. One unit a request.

The service takes up to 100 resources in one request for pay-per-use at expiry. They are sent one by one all the same:
then each answer is about one unit, and a lost one leaves one unit unknown instead of a hundred.
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
    """A request that is ready to go."""

    resource_ids: tuple[str, ...]
    """What it names."""
    request_hash: str
    sdk_date: str
    send: Callable[[], Awaitable[UnsubscribeResult | Applied]]
    """Sends it, once; raises nothing for what happens on the wire."""


RequestFactory = Callable[[tuple[str, ...], RunDocument], PreparedRequest]
"""Makes the request for one unit of a run, by the ids that it names; calls nobody."""


@asynccontextmanager
async def open_request_factory(connection: Connection, action: Action) -> AsyncIterator[RequestFactory]:
    """Open the client for what a run does; none of them repeats a request."""
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
    (resource_id,) = ids  # only what is given up can be a whole of several
    prepared = client.prepare(action, ids)

    async def send() -> UnsubscribeResult | Applied:
        return (await client.send(prepared))[resource_id]

    return PreparedRequest(
        resource_ids=prepared.resource_ids,
        request_hash=prepared.request_hash,
        sdk_date=prepared.sdk_date,
        send=send,
    )
