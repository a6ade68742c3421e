"""A connection: everything needed to make clients. Making one calls nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx

from unsub_tui.api.auth import Signer
from unsub_tui.api.client_config import ClientConfig
from unsub_tui.api.credential_provider import CredentialProvider
from unsub_tui.api.credentials import AccessKey, Token
from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
from unsub_tui.api.list_client import ListClient
from unsub_tui.api.retry import RetryingTransport
from unsub_tui.api.retry_policy import DEFAULT_RETRY_POLICY, RetryPolicy

if TYPE_CHECKING:
    from unsub_tui.api.change_client import ChangeClient
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.unsubscribe_client import UnsubscribeClient

__all__ = ["AccessKey", "Connection", "CredentialProvider", "Token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Site, identity and endpoint of one account."""

    site: str
    """cn, intl or eu; empty where it is still to be found out."""
    credential_provider: CredentialProvider
    endpoint: str = ""
    """Stands for all hosts of the site, where it is set."""
    account_id: str = ""
    """Named in every call, where it is known."""
    language: str = "en_US"
    transport_factory: Callable[[], httpx.AsyncBaseTransport] | None = None
    """Another way than the network, such as into a sandbox of the same process."""
    retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY

    @property
    def hosts(self) -> Hosts:
        """Where the service is; raises UnsubError for bad settings."""
        return Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint)

    def read_client(self) -> BssClient:
        """Return a client for reads; one an event loop, used with `async with`. Raises UnsubError for bad settings."""
        from unsub_tui.api.client import BssClient

        return self.list_client().share_transport(BssClient)

    def list_client(self) -> ListClient:
        """Return a client for the list alone, which is soon loaded; `over_its_line` gives one for all reads."""
        return ListClient(self.hosts, RetryingTransport(self._client_config(), self._signer(), self.retry_policy))

    def unsubscribe_client(self) -> UnsubscribeClient:
        """Return a client for the unsubscribe request alone; it repeats nothing by itself."""
        from unsub_tui.api.unsubscribe_client import UnsubscribeClient

        return UnsubscribeClient(self._client_config(), self._signer(), self.retry_policy)

    def change_client(self) -> ChangeClient:
        """Return a client for changes that can be undone; it repeats nothing by itself."""
        from unsub_tui.api.change_client import ChangeClient

        return ChangeClient(self._client_config(), self._signer(), self.retry_policy)

    def for_account(self, account_id: str) -> Connection:
        """Return the same connection, naming the account in every call, as the vendor's SDK does once it knows it."""
        return replace(self, account_id=account_id)

    def for_site(self, site: str) -> Connection:
        """Return the same connection to another site of the vendor."""
        return replace(self, site=site)

    def _signer(self) -> Signer:
        return Signer(self.credential_provider, self.retry_policy.now, self.account_id)

    def _client_config(self) -> ClientConfig:
        return ClientConfig(
            hosts=self.hosts,
            language=self.language,
            transport_factory=self.transport_factory,
        )
