"""Settings shared by all clients of a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from unsub_tui.api.endpoints import Hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Hosts, response language and transport of a client."""

    hosts: Hosts
    language: str = "en_US"
    transport_factory: Callable[[], httpx.AsyncBaseTransport] | None = None
    """Factory for a transport other than the network, such as an in-process sandbox."""

    def make_transport(self) -> httpx.AsyncBaseTransport | None:
        """Return a new transport, or None for the network."""
        return None if self.transport_factory is None else self.transport_factory()
