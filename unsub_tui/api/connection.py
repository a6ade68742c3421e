"""Connection settings of an account, and the factory for its clients. Creating a connection sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx

from unsub_tui.api.auth import Signer
from unsub_tui.api.client import BssClient
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey, Token
from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy
from unsub_tui.api.retrying_transport import RetryingTransport
from unsub_tui.api.transport import ClientConfig

if TYPE_CHECKING:
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
    language: str = "en_US"
    transport_factory: Callable[[], httpx.AsyncBaseTransport] | None = None
    """Factory for a transport other than the network, such as an in-process sandbox."""
    retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY

    @property
    def hosts(self) -> Hosts:
        """Hosts of the site or the endpoint. Raise UnsubError for invalid settings."""
        return Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint)

    def read_client(self) -> BssClient:
        """Return a client for all reads; use it with `async with`, one per event loop. May raise UnsubError."""
        return BssClient(self.hosts, RetryingTransport(self._client_config(), self._signer(), self.retry_policy))

    def mutation_client(self) -> MutationClient:
        """Return a client for unsubscriptions and reversible changes, which never retries."""
        from unsub_tui.api.mutations import MutationClient

        return MutationClient(self._client_config(), self._signer(), self.retry_policy)

    def for_account(self, account_id: str) -> Connection:
        """Return a copy that sends the account id with every call, as the Huawei Cloud SDK does once it knows it."""
        return replace(self, account_id=account_id)

    def for_site(self, site: str) -> Connection:
        """Return a copy for another Huawei Cloud site."""
        return replace(self, site=site)

    def _signer(self) -> Signer:
        return Signer(self.credential_provider, self.retry_policy.now, self.account_id)

    def _client_config(self) -> ClientConfig:
        return ClientConfig(
            hosts=self.hosts,
            language=self.language,
            transport_factory=self.transport_factory,
        )
