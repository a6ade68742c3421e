"""Who asks, for every client of a connection: keys or a token, renewed before they end.

One identity is shared by clients in several threads and event loops, so that a renewal happens once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from unsub_tui.api.credentials import CredentialSource, FixedSource, Proof, credentials_problem
from unsub_tui.api.pacing import utc_now
from unsub_tui.domain.person import NOBODY, Person
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.secret import Secret

MARGIN = timedelta(minutes=40)
"""Temporary credentials are renewed when less than this is left of them, as the vendor's SDK does."""

AGAIN = timedelta(minutes=1)
"""After this, a renewal that failed is tried again."""


class Identity:
    """The credentials in use."""

    def __init__(self, source: CredentialSource, now: Callable[[], datetime] = utc_now) -> None:
        self._source = source
        self._now = now
        self._lock = threading.Lock()
        self._proof: Proof | None = None
        self._renew_at: datetime | None = None

    @classmethod
    def fixed(cls, proof: Proof) -> Identity:
        """Return an identity whose credentials never change; they are checked at once."""
        proof.check()
        identity = cls(FixedSource(proof))
        identity._take(proof)
        return identity

    @property
    def label(self) -> str:
        """Which credentials are used, for people."""
        return self._proof.label if self._proof else self._source.label

    @property
    def person(self) -> Person:
        """Whose credentials these are, as far as they tell."""
        return self._proof.person if self._proof else NOBODY

    @property
    def wants_login(self) -> bool:
        """Whether a person has to type a password to go on once these credentials are refused."""
        return self._source.wants_login

    @property
    def expires(self) -> datetime | None:
        """When the credentials in use end, where that is known."""
        return self._proof.expires if self._proof else None

    @property
    def current(self) -> Proof:
        """The credentials in use; raises CREDENTIALS before the first `fresh`."""
        if self._proof is None:
            raise credentials_problem("no credentials were loaded yet")
        return self._proof

    async def fresh(self) -> Proof:
        """Return credentials that last, loaded or renewed where need be; raises UnsubError."""
        if self._lasts():
            return self.current
        return await asyncio.to_thread(self._renew)

    async def has_replaced(self, refused: Proof) -> bool:
        """Whether there are other credentials now than those that were refused; they are loaded anew where need be."""
        return await asyncio.to_thread(self._replace, refused)

    async def sign_in(self, password: Secret, passcode: str) -> None:
        """Take the token that a typed password gives; raises UnsubError."""
        self._take(await asyncio.to_thread(self._source.sign_in, password, passcode))

    def _lasts(self) -> bool:
        return self._proof is not None and (self._renew_at is None or self._now() < self._renew_at)

    def _renew(self) -> Proof:
        with self._lock:
            if not self._lasts():
                self._load()
            return self.current

    def _replace(self, refused: Proof) -> bool:
        with self._lock:
            if self._proof is refused:
                try:
                    self._take(self._source.load())
                except UnsubError:
                    return False
            return self._proof != refused

    def _load(self) -> None:
        """Load anew; what cannot be renewed is used as long as it lasts, and tried again in a minute."""
        try:
            self._take(self._source.load())
        except UnsubError:
            if self._proof is None or self._proof.expires is None or self._now() >= self._proof.expires:
                raise
            self._renew_at = min(self._proof.expires, self._now() + AGAIN)

    def _take(self, proof: Proof) -> None:
        proof.check()
        ends = proof.expires
        # half of a short life, so that keys of an hour are not renewed before every call
        self._renew_at = None if ends is None else ends - min(MARGIN, max(ends - self._now(), timedelta()) / 2)
        self._proof = proof
