"""Who may call: keys, users with passwords, tokens, temporary keys, and what has been taken from them. All invented.

Tokens and temporary keys grow old by the real clock and by what tests put on top with `advance`; signatures and the
Date header go by the real clock alone.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from unsub_tui.sandbox.refusals import Refusal
from unsub_tui.sandbox.tenancy import Key

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in with a password, and perhaps the code of a second factor."""

    user_id: str
    name: str
    password: str
    passcode: str = ""
    """Always the same here, where a real one changes every half minute. Whoever has one cannot sign in without."""


PLAIN_USER = User("0b5e1f6a9c8d4e7fa1b2c3d4e5f60718", "sandbox-admin", "sandbox-password-1")
MFA_USER = User("7c9d2e4f1a3b4c5d8e6f708192a3b4c5", "sandbox-auditor", "sandbox-password-2", "123456")


@dataclass(frozen=True, slots=True)
class TemporaryKeys:
    """Keys that end."""

    access_key: str
    secret_key: str
    security_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in gives."""

    token: str
    user: User
    issued_at: datetime
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Realm:
    """The keys and tokens in force. The settings may be changed at any time."""

    keys: dict[str, Key]
    token_seconds: float = DAY
    """How long a token lasts."""
    temporary_seconds: float = DAY
    """How long the agency's keys last."""
    knows_metadata_tokens: bool = True
    """Whether the metadata service is of the version that gives tokens, and wants them."""
    has_agency: bool = True
    home_site: str | None = None
    """The site that the account belongs to; the sandbox's own when absent."""
    refuses_site_with: str | None = None
    """The code with which billing tells that the account belongs elsewhere. Set, it refuses whatever the site."""
    denied: frozenset[str] = frozenset()
    """Operations for which nobody has the permission."""
    ahead_seconds: float = 0.0
    """How much later it is for tokens and temporary keys than by the clock."""
    _tokens: dict[str, tuple[User, float]] = field(default_factory=dict, init=False)
    _metadata_tokens: dict[str, float] = field(default_factory=dict, init=False)
    _revoked: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def now(self) -> float:
        """Give the moment by which tokens and temporary keys end."""
        return time.time() + self.ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let tokens and temporary keys grow older."""
        self.ahead_seconds += seconds

    def revoke(self, name: str) -> None:
        """Refuse an access key or a token from now on."""
        with self._lock:
            self._revoked.add(name)

    def deny(self, *operations: str) -> None:
        """Take the permission for these operations from everybody, and give all others back."""
        self.denied = frozenset(operations)

    def temporary_keys(self, seconds: float | None = None) -> TemporaryKeys:
        """Give new keys that end, after `temporary_seconds` unless told."""
        ends = self.now() + (self.temporary_seconds if seconds is None else seconds)
        key = Key(
            f"TEMP{secrets.token_hex(8).upper()}",
            secrets.token_hex(20),
            may_write=True,
            security_token=secrets.token_hex(32),
            ends=ends,
        )
        with self._lock:
            self.keys[key.access] = key
        return TemporaryKeys(key.access, key.secret, key.security_token, _moment(ends))

    def check_lasting(self, key: Key) -> None:
        """Refuse keys that have ended or been revoked."""
        if key.access in self._revoked:
            raise _unauthorized("AK is disabled")
        if key.ends is not None and key.ends <= self.now():
            raise _unauthorized("security token expired")

    def sign_in(self, name: str, password: str, user_id: str, passcode: str) -> Session | None:
        """Open a session; None where name, password, id or code are wrong. Id and code are the second factor's."""
        for user in (PLAIN_USER, MFA_USER):
            knows_password = user.name == name and hmac.compare_digest(user.password.encode(), password.encode())
            if knows_password and user.passcode == passcode and (not passcode or user_id == user.user_id):
                return self._open(user)
        return None

    def _open(self, user: User) -> Session:
        now = self.now()
        token, ends = secrets.token_hex(96), now + self.token_seconds
        with self._lock:
            self._tokens[token] = (user, ends)
        return Session(token, user, _moment(now), _moment(ends))

    def by_token(self, token: str) -> Key:
        """Find whose token this is; a Refusal for one that is not known, or has ended."""
        if token not in self._tokens:
            raise _unauthorized("decrypt token fail")
        user, ends = self._tokens[token]
        if ends <= self.now() or token in self._revoked:
            raise ended_token()
        return Key(user.user_id, "", may_write=True)

    def metadata_token(self, seconds: float) -> str:
        """Give a token for the metadata service."""
        token = secrets.token_hex(16)
        with self._lock:
            self._metadata_tokens[token] = self.now() + seconds
        return token

    def knows_metadata_token(self, token: str) -> bool:
        """Whether it has given this token, or wants none."""
        return not self.knows_metadata_tokens or self._metadata_tokens.get(token, 0.0) > self.now()


def realm_of(keys: Iterable[Key]) -> Realm:
    """Make a realm that knows these keys."""
    return Realm(keys={key.access: key for key in keys})


def ended_token() -> Refusal:
    """Refuse a token that has ended, in the gateway's words."""
    return _unauthorized("x_auth_token is expired")


def _unauthorized(why: str) -> Refusal:
    return Refusal("APIGW.0301", f"Incorrect IAM authentication information: {why}", 401)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
