"""Base class of the clients for reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Self, TypeVar

from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.domain.untrusted_text import UntrustedText

ClientT = TypeVar("ClientT", bound="BaseClient")


class BaseClient:
    """Base class of the read clients. Use one client per event loop; every method may raise ApiError."""

    def __init__(self, hosts: Hosts, transport: RetryingTransport) -> None:
        self._hosts = hosts
        self._transport = transport

    def share_transport(self, client_type: type[ClientT]) -> ClientT:
        """Return a client of another type on the same transport; closing this client closes the transport."""
        return client_type(self._hosts, self._transport)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    @property
    def server_time_offset(self) -> timedelta | None:
        """The service's clock minus the local clock, from the latest response."""
        return self._transport.server_time_offset

    @property
    def reduced_rates(self) -> Mapping[str, float]:
        """Current rate in calls per second of each operation that Huawei Cloud has throttled."""
        return self._transport.reduced_rates


def is_safe_path_segment(text: str) -> bool:
    """Return whether this is an id that is safe in a URL path and in a file name."""
    return UntrustedText(text).is_safe_id and bool(text.strip("."))
