"""Whom the clients talk to, and in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from unsub_tui.api.endpoints import Hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Hosts of one site, the language of their names, and the way to them."""

    hosts: Hosts
    language: str = "en_US"
    transport_factory: Callable[[], httpx.AsyncBaseTransport] | None = None
    """Another way than the network, such as into a sandbox of the same process."""

    def make_transport(self) -> httpx.AsyncBaseTransport | None:
        """Return a transport of its own for one client, or None for the network."""
        return None if self.transport_factory is None else self.transport_factory()
