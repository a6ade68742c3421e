"""Credentials of a connection, renewed before they expire.

Clients in several threads and event loops share one provider, so that each renewal happens once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from unsub_tui.api.credentials import Credential, CredentialSource, StaticSource, credential_error
from unsub_tui.api.retry_policy import utc_now
from unsub_tui.domain.account import Actor
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret

RENEWAL_MARGIN = timedelta(minutes=40)
"""Remaining lifetime below which temporary credentials are renewed, as in the Huawei Cloud SDK."""

RENEWAL_RETRY_INTERVAL = timedelta(minutes=1)
"""Time between a failed renewal and the next attempt."""


class CredentialProvider:
    """Thread-safe holder of the current credentials; loads and renews them from a source."""

    def __init__(self, source: CredentialSource, now: Callable[[], datetime] = utc_now) -> None:
        self._source = source
        self._now = now
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._renew_at: datetime | None = None

    @classmethod
    def static(cls, credential: Credential) -> CredentialProvider:
        """Return a provider of fixed credentials. Raise CREDENTIALS if they are malformed."""
        identity = cls(StaticSource(credential))
        identity._store(credential)
        return identity

    @property
    def label(self) -> str:
        """Display text for the credentials in use."""
        return self._credential.label if self._credential else self._source.label

    @property
    def actor(self) -> Actor:
        """The actor that the credentials belong to, or an unknown one before they are loaded."""
        return self._credential.actor if self._credential else Actor()

    @property
    def needs_sign_in(self) -> bool:
        """Whether the user must enter a password once these credentials are rejected."""
        return self._source.needs_sign_in

    @property
    def current(self) -> Credential:
        """The credentials in use. Raise CREDENTIALS before the first `refresh`."""
        if self._credential is None:
            raise credential_error("credentials_not_loaded")
        return self._credential

    async def refresh(self) -> Credential:
        """Return valid credentials, loading or renewing them if necessary. Raise UnsubError if that fails."""
        if self._is_valid():
            return self.current
        return await asyncio.to_thread(self._renew)

    async def was_rotated(self, rejected: Credential) -> bool:
        """Return whether the credentials now differ from the rejected ones, reloading them if necessary."""
        return await asyncio.to_thread(self._reload_rejected, rejected)

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Sign in with a password and use the resulting token. Raise UnsubError if that fails."""
        self._store(await asyncio.to_thread(self._source.sign_in, password, passcode))

    def _is_valid(self) -> bool:
        return self._credential is not None and (self._renew_at is None or self._now() < self._renew_at)

    def _renew(self) -> Credential:
        with self._lock:
            if not self._is_valid():
                self._load()
            return self.current

    def _reload_rejected(self, refused: Credential) -> bool:
        with self._lock:
            if self._credential is refused:
                try:
                    self._store(self._source.load())
                except UnsubError:
                    return False
            return self._credential != refused

    def _load(self) -> None:
        """Reload the credentials; if that fails, keep the old ones until they expire and retry in a minute."""
        try:
            self._store(self._source.load())
        except UnsubError:
            if self._credential is None or self._credential.expires is None or self._now() >= self._credential.expires:
                raise
            self._renew_at = min(self._credential.expires, self._now() + RENEWAL_RETRY_INTERVAL)

    def _store(self, credential: Credential) -> None:
        credential.check()
        ends = credential.expires
        # at most half of the lifetime, so that short-lived keys are not renewed before every call
        self._renew_at = None if ends is None else ends - min(RENEWAL_MARGIN, max(ends - self._now(), timedelta()) / 2)
        self._credential = credential
