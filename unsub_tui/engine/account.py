"""The account behind the credentials: connecting to it, signing in, and the person who acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.untrusted_text import EMPTY

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.api.connection import Connection
    from unsub_tui.api.inventory.inventory_clients import InventoryClients
    from unsub_tui.domain.secret import Secret
    from unsub_tui.domain.untrusted_text import UntrustedText
    from unsub_tui.engine.engine import EngineOptions

Known = TypeVar("Known")

Connect = Callable[[], Awaitable["Connection"]]
"""Returns the connection settings; it is awaited in the event loop, so that its imports finish before threads start."""


class Account:
    """The connected account. Its properties are empty until `open` has returned."""

    def __init__(self, connect: Connect, options: EngineOptions) -> None:
        self._connect = connect
        self._options = options
        self._connection: Connection | None = None
        self._client: BssClient | None = None
        self._inventory: InventoryClients | None = None
        self._open_task: asyncio.Task[AccountRef] | None = None
        self._detected_site = ""
        self._caller: tuple[UntrustedText, UntrustedText] | None = None
        self.ref: AccountRef | None = None
        """Identity of the account; None until `open` has returned."""
        self.credentials_source = ""
        """Label of the credential in use, with the access key masked."""

    @property
    def site(self) -> str:
        """The Huawei Cloud site: cn, intl or eu. Empty if it is not configured and `open` has not detected it yet."""
        return self._options.site or self._detected_site

    async def open(self) -> AccountRef:
        """Connect and return the account of the credentials. Concurrent callers share one connection attempt."""
        if self.ref is not None:
            return self.ref
        if self._open_task is None or self._open_task.done():
            self._open_task = asyncio.create_task(self._open())
        return await asyncio.shield(self._open_task)

    async def _open(self) -> AccountRef:
        connection = await self._connect()
        self._connection = connection
        await connection.credential_provider.refresh()
        if not connection.site:
            from unsub_tui.api.site import find_site

            self._detected_site = await find_site(connection)
            connection = replace(connection, site=self._detected_site)
        await self.close()
        self._client = await connection.read_client().__aenter__()
        account_id, name = connection.credential_provider.current.domain_id, EMPTY
        try:
            account_id, name = await self._client.find_account()
        except UnsubError:
            if not account_id:  # else only the name of the account is missing, which may need a permission
                raise
        self.credentials_source = connection.credential_provider.label
        self._connection = replace(connection, account_id=account_id)  # sent with every call from now on
        profile, alias = self._options.profile, self._options.alias
        self.ref = AccountRef(account_id=account_id, name=name, site=self.site, profile=profile, alias=alias)
        return self.ref

    async def check_access(self) -> None:
        """Count the resources in one small call. Raise UnsubError if the credentials may not list them."""
        await self.client().count_resources()

    @property
    def actor(self) -> Actor:
        """The user of the program, as far as known; `fetch_actor` asks Huawei Cloud for the missing user name."""
        known = self._connection.credential_provider.actor if self._connection is not None else Actor()
        user_id, user_name = self._caller or (known.user_id, known.user_name)
        account_id, operator = self.ref.account_id if self.ref is not None else "", self._options.operator
        return replace(known, operator=operator, account_id=account_id, user_id=user_id, user_name=user_name)

    async def fetch_actor(self) -> None:
        """Ask Huawei Cloud once for the user of the credentials, if `actor` lacks it. Ignore a failed lookup."""
        if self._caller is None and self._client is not None and not self.actor.user_name:
            with suppress(UnsubError):
                self._caller = await self._client.find_caller()

    @property
    def can_sign_in(self) -> bool:
        """Whether a user must sign in interactively to renew expired credentials."""
        return self._connection is not None and self._connection.credential_provider.needs_sign_in

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Sign in and use the new token for all requests, also those of an active run. Raise UnsubError on failure."""
        provider = self.connection.credential_provider
        await provider.sign_in(password, passcode)
        self.credentials_source = provider.label

    async def cancel_open(self) -> None:
        """Cancel a pending `open`."""
        if self._open_task is not None:
            self._open_task.cancel()
            await asyncio.wait([self._open_task])

    async def close(self) -> None:
        """Close all connections, after the reads have ended. Active runs continue."""
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)

    @property
    def connection(self) -> Connection:
        """The connection settings. Raise INTERNAL before `open` was called."""
        return _known(self._connection)

    @property
    def account_id(self) -> str:
        """The id of the account. Raise INTERNAL before it is known."""
        return self.require_ref().account_id

    def require_ref(self) -> AccountRef:
        """Return the identity of the account. Raise INTERNAL before it is known."""
        return _known(self.ref)

    def client(self) -> BssClient:
        """Return the client for all reads. Raise INTERNAL before the account is open."""
        return _known(self._client)

    def inventory_clients(self) -> InventoryClients:
        """Return the clients for the other services, which all reads share: a host has one limit of its rate.

        Use them with `async with`. Raise INTERNAL before `open` was called.
        """
        if self._inventory is None:
            self._inventory = self.connection.inventory_clients()
        return self._inventory


def _known(value: Known | None) -> Known:
    """Return the value. Raise INTERNAL if it is not known because the account is not open."""
    if value is None:
        raise UnsubError(Problem(kind=ProblemKind.INTERNAL, facts=(fact("account_not_connected"),)))
    return value
