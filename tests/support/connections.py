"""What many tests need: a sandbox, and a connection into it that takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import httpx

from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.credentials import Credential, credentials_problem
from unsub_tui.api.retry_policy import RetryPolicy
from unsub_tui.domain.secret import Secret
from unsub_tui.sandbox import Behavior, SandboxOptions, build_sandbox
from unsub_tui.sandbox.sandbox import Sandbox


async def sleep_instantly(_: float) -> None:
    """Stand for a pause that takes no time; other tasks get their turn."""
    await asyncio.sleep(0)


NO_DELAYS = RetryPolicy(sleep=sleep_instantly, default_rate=1e9, rates={}, random_fraction=lambda: 1.0)
"""No pauses between calls or tries."""


def make_sandbox(
    resources: int = 60,
    *,
    site: str = "intl",
    seed: int = 1,
    settle_seconds: float = 0.0,
    odd_terms: bool = False,
) -> Sandbox:
    """Return a sandbox without rate limits that settles when its clock is advanced."""
    behavior = Behavior(settle_seconds=settle_seconds)
    return build_sandbox(
        SandboxOptions(resources=resources, site=site, seed=seed, behavior=behavior, rate_scale=0, odd_terms=odd_terms)
    )


def administrator_credentials(sandbox: Sandbox | type[Sandbox]) -> AccessKey:
    """Return the keys of the administrator, which all sandboxes have."""
    return AccessKey(
        access_key=sandbox.access_key,
        secret_key=Secret(sandbox.secret_key),
        domain_id=sandbox.domain_id,
        source="a test",
    )


def with_credentials(
    connection: Connection,
    *,
    access_key: str | None = None,
    secret_key: str | None = None,
    domain_id: str | None = None,
) -> Connection:
    """Return the same connection with some of its keys changed."""
    keys = connection.credential_provider.current
    assert isinstance(keys, AccessKey)
    changed = AccessKey(
        access_key=keys.access_key if access_key is None else access_key,
        secret_key=keys.secret_key if secret_key is None else Secret(secret_key),
        domain_id=keys.domain_id if domain_id is None else domain_id,
        source=keys.source,
    )
    return replace(connection, credential_provider=CredentialProvider.static(changed))


def connect(sandbox: Sandbox, *, site: str = "intl", endpoint: str = "", pacing: RetryPolicy = NO_DELAYS) -> Connection:
    """Return a connection into a sandbox of this process, or to one served at `endpoint`."""
    return Connection(
        site=site,
        endpoint=endpoint or "http://127.0.0.1",
        credential_provider=CredentialProvider.static(administrator_credentials(sandbox)),
        transport_factory=None if endpoint else lambda: httpx.ASGITransport(app=sandbox.app),
        service_transports={}
        if endpoint
        else {key: partial(httpx.ASGITransport, app=app) for key, app in sandbox.service_apps.items()},
        retry_policy=pacing,
    )


def connector(connection: Connection) -> Callable[[], Awaitable[Connection]]:
    """Return what an engine awaits to have this connection."""

    async def connected() -> Connection:
        return connection

    return connected


@dataclass
class TemporaryKeys:
    """Temporary keys of a sandbox; counts how often it is asked for them."""

    sandbox: Sandbox
    seconds: float = 3600
    load_count: int = 0
    is_down: bool = False
    needs_sign_in: bool = False
    label: str = "a test"

    def load(self) -> Credential:
        """Return new keys."""
        self.load_count += 1
        if self.is_down:
            raise credentials_problem("the source is down")
        keys = self.sandbox.auth_state.issue_temporary_keys(self.seconds)
        return AccessKey(
            access_key=keys.access_key,
            secret_key=Secret(keys.secret_key),
            security_token=Secret(keys.security_token),
            source="a test",
            expires=keys.expires,
        )

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Take any password."""
        assert password
        assert not passcode
        self.is_down = False
        return self.load()
