"""Authentication state: access keys, users, tokens, temporary keys and denied permissions. All values are invented."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from unsub_tui.sandbox.account_fixtures import Key
from unsub_tui.sandbox.service_errors import ServiceError

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user with a password and an optional second factor."""

    user_id: str
    name: str
    password: str
    passcode: str = ""
    """Code of the second factor; constant here, although a real code changes every 30 seconds."""


PASSWORD_USER = User("0b5e1f6a9c8d4e7fa1b2c3d4e5f60718", "sandbox-admin", "sandbox-password-1")
MFA_USER = User("7c9d2e4f1a3b4c5d8e6f708192a3b4c5", "sandbox-auditor", "sandbox-password-2", "123456")


@dataclass(frozen=True, slots=True)
class TemporaryKeys:
    """A temporary access key with its security token."""

    access_key: str
    secret_key: str
    security_token: str
    expires: datetime


@dataclass(slots=True)
class AuthState:
    """Valid keys and tokens. They age by the real clock plus `ahead_seconds`, which tests increase."""

    keys: dict[str, Key]
    token_seconds: float = DAY
    """Lifetime of a token."""
    temporary_seconds: float = DAY
    """Lifetime of the agency's temporary keys."""
    supports_metadata_tokens: bool = True
    """Whether the metadata service issues and requires tokens, as newer versions do."""
    has_agency: bool = True
    denied_operations: frozenset[str] = frozenset()
    """Operations that are denied for all keys."""
    ahead_seconds: float = 0.0
    """Seconds added to the real clock for the expiry of tokens and temporary keys."""
    _tokens: dict[str, float] = field(default_factory=dict)
    _metadata_tokens: set[str] = field(default_factory=set)
    _revoked: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, seconds: float) -> None:
        """Age tokens and temporary keys; signatures still use the real clock."""
        self.ahead_seconds += seconds

    def revoke(self, name: str) -> None:
        """Revoke an access key or a token."""
        self._revoked.add(name)

    def deny(self, *operations: str) -> None:
        """Deny only these operations, for all keys."""
        self.denied_operations = frozenset(operations)

    def issue_temporary_keys(self, seconds: float | None = None) -> TemporaryKeys:
        """Return new temporary keys; `seconds` overrides their lifetime."""
        ends = self.now() + (self.temporary_seconds if seconds is None else seconds)
        key = Key(
            f"TEMP{secrets.token_hex(8).upper()}",
            secrets.token_hex(20),
            can_write=True,
            security_token=secrets.token_hex(32),
            expires_at=ends,
        )
        with self._lock:
            self.keys[key.access] = key
        return TemporaryKeys(key.access, key.secret, key.security_token, _moment(ends))

    def sign_in(self, user_name: str, password: str, user_id: str, passcode: str) -> tuple[str, User, datetime] | None:
        """Return a token, its user and its expiry time, or None if name, password or code are wrong."""
        for user in (PASSWORD_USER, MFA_USER):
            fits = user.name == user_name and hmac.compare_digest(user.password.encode(), password.encode())
            if fits and user.passcode == passcode and (not passcode or user_id == user.user_id):
                return self._new_token(user)
        return None

    def _new_token(self, user: User) -> tuple[str, User, datetime]:
        token, ends = secrets.token_hex(48), self.now() + self.token_seconds
        with self._lock:
            self._tokens[token] = ends
        return token, user, _moment(ends)

    def issue_metadata_token(self) -> str:
        """Return a new token for the metadata service."""
        token = secrets.token_hex(16)
        with self._lock:
            self._metadata_tokens.add(token)
        return token

    def accepts_metadata_token(self, token: str) -> bool:
        """Return whether the metadata service issued this token or requires no token."""
        return not self.supports_metadata_tokens or token in self._metadata_tokens

    def key_for_token(self, token: str) -> Key:
        """Return the key for a token. Raise ServiceError if the token is unknown, expired or revoked."""
        ends = self._tokens.get(token)
        if ends is None or ends <= self.now() or token in self._revoked:
            raise ServiceError("APIGW.0301", "Incorrect IAM authentication information: x_auth_token is expired", 401)
        return Key("token", "", can_write=True)

    def check_not_expired(self, key: Key, security_token: str) -> None:
        """Raise ServiceError for an expired or revoked key, or a temporary key without its security token."""
        if key.access in self._revoked:
            raise ServiceError("APIGW.0301", "Incorrect IAM authentication information: AK is disabled", 401)
        if key.expires_at is not None and (key.expires_at <= self.now() or security_token != key.security_token):
            raise ServiceError("APIGW.0301", "Incorrect IAM authentication information: security token expired", 401)

    def now(self) -> float:
        """Return the time for the expiry of tokens and temporary keys, in seconds since 1970."""
        return time.time() + self.ahead_seconds


def build_auth_state(keys: Iterable[Key]) -> AuthState:
    """Return an authentication state with copies of these keys."""
    return AuthState(keys={key.access: replace(key) for key in keys})


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
