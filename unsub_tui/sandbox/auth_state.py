"""Authentication state: access keys, users, tokens, temporary keys and denied permissions. All values are invented."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from unsub_tui.sandbox.service_errors import unauthorized

DAY_SECONDS = 86_400.0
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key with its permission."""

    access_key: str
    secret_key: str
    can_write: bool
    security_token: str = ""
    """Security token required with a temporary key."""
    expires: datetime = NEVER
    user: User | None = None
    """The IAM user that it belongs to; None for the user of the account's own name."""


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user, with a password if it can sign in and an optional second factor."""

    user_id: str
    name: str
    password: str = ""
    passcode: str = ""
    """Code of the second factor; constant here, although a real code changes every 30 seconds."""


PASSWORD_USER = User("0b5e1f6a9c8d4e7fa1b2c3d4e5f60718", "sandbox-admin", "sandbox-password-1")
READING_USER = User("5d0c2b7e8f914a36b7c8d9e0f1a2b3c4", "sandbox-planner")
MFA_USER = User("7c9d2e4f1a3b4c5d8e6f708192a3b4c5", "sandbox-auditor", "sandbox-password-2", "123456")


@dataclass(slots=True)
class AuthState:
    """Valid keys and tokens. They age by the real clock plus an offset that tests increase."""

    keys: dict[str, Key]
    supports_metadata_tokens: bool = True
    """Whether the metadata service issues and requires tokens, as newer versions do."""
    has_agency: bool = True
    denied: frozenset[str] = frozenset()
    """Operations and permissions that are denied for all keys, by name."""
    is_denied_by_organization: bool = False
    """Whether a service control policy of the organization denies them, instead of IAM."""
    granted_projects: frozenset[str] | None = None
    """Ids of the enterprise projects for which all permissions of the other services are granted; None: the account."""
    _offset: timedelta = timedelta()
    _tokens: dict[str, datetime] = field(default_factory=dict)

    def advance(self, seconds: float) -> None:
        """Age tokens and temporary keys; signatures still use the real clock."""
        self._offset += timedelta(seconds=seconds)

    def revoke(self, access_key: str) -> None:
        """Revoke an access key."""
        self.keys.pop(access_key, None)

    def deny(self, *names: str, by_organization: bool = False) -> None:
        """Deny only these operations and permissions, such as `unsubscribe` or `cbr:backups:list`, for all keys."""
        self.denied, self.is_denied_by_organization = frozenset(names), by_organization

    def grant_only(self, *enterprise_project_ids: str) -> None:
        """Grant the permissions of the other services only for these enterprise projects; for the account without."""
        self.granted_projects = frozenset(enterprise_project_ids) or None

    def issue_temporary_keys(self, seconds: float = DAY_SECONDS) -> Key:
        """Return new temporary keys with a lifetime in seconds."""
        key = Key(
            f"TEMP{secrets.token_hex(8).upper()}",
            secrets.token_hex(20),
            can_write=True,
            security_token=secrets.token_hex(32),
            expires=self._now() + timedelta(seconds=seconds),
        )
        self.keys[key.access_key] = key
        return key

    def sign_in(self, user_name: str, password: str, user_id: str, passcode: str) -> User | None:
        """Return the user, or None if name, password or code are wrong."""
        for user in (PASSWORD_USER, MFA_USER):
            is_user = (user.name, user.password, user.passcode) == (user_name, password, passcode)
            if is_user and (not passcode or user_id == user.user_id):
                return user
        return None

    def issue_token(self) -> tuple[str, datetime]:
        """Return a new token and its expiry time."""
        token, expires = secrets.token_hex(48), self._now() + timedelta(seconds=DAY_SECONDS)
        self._tokens[token] = expires
        return token, expires

    def key_for_token(self, token: str) -> Key:
        """Return the key for a token. Raise ServiceError if the token is unknown or expired."""
        expires = self._tokens.get(token)
        if expires is None or expires <= self._now():
            raise unauthorized("x_auth_token is expired")
        return Key("token", "", can_write=True)

    def check_not_expired(self, key: Key, security_token: str) -> None:
        """Raise ServiceError for an expired temporary key, or one without its security token."""
        if key.security_token and (key.expires <= self._now() or security_token != key.security_token):
            raise unauthorized("security token expired")

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._offset
