"""Reads of the inventory's clients, from services that answer as a test says or from the reference server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from tests.reference_server import ReferenceServer
from tests.support.connections import NO_DELAYS
from tests.support.stub_vendor import Responder, StubResponse, StubVendor
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.api.inventory.service_hosts import Service
from unsub_tui.api.json_object import JsonObject
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import UntrustedText

Result = TypeVar("Result")

PLACE = ProjectRegion("ap-southeast-3", "0123456789abcdef0123456789abcdef")
NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)


def read_services(
    answer: Responder | StubResponse, read: Callable[[InventoryClients], Awaitable[Result]]
) -> tuple[Result, StubVendor]:
    """Return the result of a read from services that answer like this, and the services."""
    vendor = StubVendor(answer if callable(answer) else lambda _: answer)
    pacing = replace(NO_DELAYS, now=lambda: NOW)
    connection = replace(vendor.connection(pacing), service_transports=dict.fromkeys(Service, lambda: vendor))

    async def reading() -> Result:
        async with connection.inventory_clients() as clients:
            return await read(clients)

    return asyncio.run(reading()), vendor


def read(server: ReferenceServer, reading: Callable[[InventoryClients], Awaitable[Result]]) -> Result:
    """Return the result of a read from a reference server as its owner."""
    keys = AccessKey(
        access_key=server.access_key, secret_key=Secret(server.secret_key), domain_id=server.domain_id, source="a test"
    )
    connection = Connection(
        site="intl",
        endpoint=server.endpoint,
        service_endpoints=server.service_endpoints,
        credential_provider=CredentialProvider.static(keys),
        retry_policy=NO_DELAYS,
    )

    async def run() -> Result:
        async with connection.inventory_clients() as clients:
            return await reading(clients)

    return asyncio.run(run())


def row(document: dict[str, Any]) -> JsonObject:
    """Return a row as the decoders get it: through JSON."""
    return JsonObject("", json.loads(json.dumps(document)), "rows")


def ids(*texts: str) -> tuple[UntrustedText, ...]:
    """Return ids."""
    return tuple(map(UntrustedText, texts))
