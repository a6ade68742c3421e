"""A connection: everything needed to make clients. Making one calls nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx

from unsub_tui.api.credentials import Credentials, Token
from unsub_tui.api.endpoint import FIRST_SITE, Hosts
from unsub_tui.api.identity import Identity
from unsub_tui.api.list_client import ListClient
from unsub_tui.api.pacing import DEFAULT_PACING, Pacing
from unsub_tui.api.reading import Reader
from unsub_tui.api.signing import Signer
from unsub_tui.api.target import Target

if TYPE_CHECKING:
    from unsub_tui.api.changes import ChangeClient
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.unsubscribe import UnsubscribeClient

__all__ = ["Connection", "Credentials", "Identity", "Token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Site, identity and endpoint of one account."""

    site: str
    """cn, intl or eu; empty where it is still to be found out."""
    identity: Identity
    endpoint: str = ""
    """Stands for all hosts of the site, where it is set."""
    account_id: str = ""
    """Named in every call, where it is known."""
    language: str = "en_US"
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None
    """Another way than the network, such as into a sandbox of the same process."""
    pacing: Pacing = DEFAULT_PACING

    @property
    def hosts(self) -> Hosts:
        """Where the service is; raises UnsubError for bad settings."""
        return Hosts.of(self.site or FIRST_SITE, self.endpoint)

    def reader(self) -> BssClient:
        """Return a client for reads; one an event loop, used with `async with`. Raises UnsubError for bad settings."""
        from unsub_tui.api.client import BssClient

        return self.lister().over_its_line(BssClient)

    def lister(self) -> ListClient:
        """Return a client for the list alone, which is soon loaded; `over_its_line` gives one for all reads."""
        return ListClient(self.hosts, Reader(self._target(), self._signer(), self.pacing))

    def submitter(self) -> UnsubscribeClient:
        """Return a client for the unsubscribe request alone; it repeats nothing by itself."""
        from unsub_tui.api.unsubscribe import UnsubscribeClient

        return UnsubscribeClient(self._target(), self._signer(), self.pacing)

    def changer(self) -> ChangeClient:
        """Return a client for changes that can be undone; it repeats nothing by itself."""
        from unsub_tui.api.changes import ChangeClient

        return ChangeClient(self._target(), self._signer(), self.pacing)

    def for_account(self, account_id: str) -> Connection:
        """Return the same connection, naming the account in every call, as the vendor's SDK does once it knows it."""
        return replace(self, account_id=account_id)

    def at(self, site: str) -> Connection:
        """Return the same connection to another site of the vendor."""
        return replace(self, site=site)

    def _signer(self) -> Signer:
        return Signer(self.identity, self.pacing.now, self.account_id)

    def _target(self) -> Target:
        return Target(
            hosts=self.hosts,
            language=self.language,
            transport=self.transport,
        )
