"""What all reads of one account share: the hosts, and how a question becomes an answer of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Self, TypeVar

from unsub_tui.api.endpoints import Hosts
from unsub_tui.api.retry import RetryingTransport
from unsub_tui.domain.untrusted_text import UntrustedText

ClientT = TypeVar("ClientT", bound="BaseClient")


class BaseClient:
    """Base of the groups of reads. One event loop each; every method raises ApiError."""

    def __init__(self, hosts: Hosts, transport: RetryingTransport) -> None:
        self._hosts = hosts
        self._transport = transport

    def share_transport(self, client_type: type[ClientT]) -> ClientT:
        """Return a client of another kind that asks over the same line; whoever opened this one closes it."""
        return client_type(self._hosts, self._transport)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.__aexit__()

    @property
    def server_time_offset(self) -> timedelta | None:
        """The service's clock minus this machine's, as of the last answer."""
        return self._transport.server_time_offset

    @property
    def reduced_rates(self) -> Mapping[str, float]:
        """Calls a second that are let through now, of each operation that the service has refused as too many."""
        return self._transport.reduced_rates


def is_safe_path_segment(text: str) -> bool:
    """Whether this is an id that may stand in a path and in a file's name."""
    return UntrustedText(text).is_safe_id and bool(text.strip("."))
