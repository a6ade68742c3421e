"""Connection settings of an account, and the factory for its clients. Creating a connection sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unsub_tui.api.auth import Signer
from unsub_tui.api.client import BssClient
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey, Token
from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import TransportFactory

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients
    from unsub_tui.api.mutations import MutationClient

__all__ = ["AccessKey", "Connection", "CredentialProvider", "Token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Site, credentials and endpoint of an account; creates the clients."""

    site: str
    """cn, intl or eu; empty if not yet known."""
    credential_provider: CredentialProvider
    endpoint: str = ""
    """Custom endpoint that replaces all hosts of the site, if set."""
    account_id: str = ""
    """Account id sent with every call, if known."""
    service_endpoints: Mapping[str, str] = field(default_factory=dict)
    """Custom endpoints of the other services, by key (`api/inventory/service_hosts.py`), each for all regions."""
    transport_factory: TransportFactory | None = None
    service_transports: Mapping[str, TransportFactory] = field(default_factory=dict)
    """Transports to the other services of an embedded sandbox, by key."""
    retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY

    @property
    def hosts(self) -> Hosts:
        """Hosts of the site or the endpoint. Raise UnsubError for invalid settings."""
        return Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint)

    def read_client(self) -> BssClient:
        """Return a client for all reads; use it with `async with`, one per event loop. May raise UnsubError."""
        hosts = self.hosts
        transport = RetryingTransport(hosts.bss, self.retry_policy, self._signer(), self.transport_factory)
        return BssClient(hosts, transport)

    def mutation_client(self) -> MutationClient:
        """Return a client for unsubscriptions and reversible changes, which never retries."""
        from unsub_tui.api.mutations import MutationClient

        return MutationClient(self.hosts.bss, self.retry_policy, self._signer(), self.transport_factory)

    def inventory_clients(self) -> InventoryClients:
        """Return clients for the reads of other services; use them with `async with`, one per event loop."""
        from unsub_tui.api.inventory.inventory_clients import InventoryClients

        return InventoryClients(self, self._signer())

    def _signer(self) -> Signer:
        return Signer(self.credential_provider, self.retry_policy.now, self.account_id)
