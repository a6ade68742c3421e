"""Who asks, for every client of a connection: keys or a token, renewed before they end.

One identity is shared by clients in several threads and event loops, so that a renewal happens once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from unsub_tui.api.credentials import Credential, CredentialSource, StaticSource, credentials_problem
from unsub_tui.api.retry_policy import utc_now
from unsub_tui.domain.actor import UNKNOWN_ACTOR, Actor
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret

RENEWAL_MARGIN = timedelta(minutes=40)
"""Temporary credentials are renewed when less than this is left of them, as the vendor's SDK does."""

RENEWAL_RETRY_INTERVAL = timedelta(minutes=1)
"""After this, a renewal that failed is tried again."""


class CredentialProvider:
    """The credentials in use."""

    def __init__(self, source: CredentialSource, now: Callable[[], datetime] = utc_now) -> None:
        self._source = source
        self._now = now
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._renew_at: datetime | None = None

    @classmethod
    def static(cls, credential: Credential) -> CredentialProvider:
        """Return an identity whose credentials never change; they are checked at once."""
        credential.check()
        identity = cls(StaticSource(credential))
        identity._store(credential)
        return identity

    @property
    def label(self) -> str:
        """Which credentials are used, for people."""
        return self._credential.label if self._credential else self._source.label

    @property
    def actor(self) -> Actor:
        """Whose credentials these are, as far as they tell."""
        return self._credential.actor if self._credential else UNKNOWN_ACTOR

    @property
    def needs_sign_in(self) -> bool:
        """Whether a person has to type a password to go on once these credentials are refused."""
        return self._source.needs_sign_in

    @property
    def expires(self) -> datetime | None:
        """When the credentials in use end, where that is known."""
        return self._credential.expires if self._credential else None

    @property
    def current(self) -> Credential:
        """The credentials in use; raises CREDENTIALS before the first `fresh`."""
        if self._credential is None:
            raise credentials_problem("no credentials were loaded yet")
        return self._credential

    async def refresh(self) -> Credential:
        """Return credentials that last, loaded or renewed where need be; raises UnsubError."""
        if self._is_valid():
            return self.current
        return await asyncio.to_thread(self._renew)

    async def was_rotated(self, rejected: Credential) -> bool:
        """Whether there are other credentials now than those that were refused; they are loaded anew where need be."""
        return await asyncio.to_thread(self._reload_rejected, rejected)

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Take the token that a typed password gives; raises UnsubError."""
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
        """Load anew; what cannot be renewed is used as long as it lasts, and tried again in a minute."""
        try:
            self._store(self._source.load())
        except UnsubError:
            if self._credential is None or self._credential.expires is None or self._now() >= self._credential.expires:
                raise
            self._renew_at = min(self._credential.expires, self._now() + RENEWAL_RETRY_INTERVAL)

    def _store(self, credential: Credential) -> None:
        credential.check()
        ends = credential.expires
        # half of a short life, so that keys of an hour are not renewed before every call
        self._renew_at = None if ends is None else ends - min(RENEWAL_MARGIN, max(ends - self._now(), timedelta()) / 2)
        self._credential = credential
