"""Access keys, tokens and their sources. Imports no HTTP library, because it is loaded before the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from unsub_tui.domain.account import Actor
from unsub_tui.domain.fact import FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret, mask_access_key
from unsub_tui.domain.untrusted_text import UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """An access key with its secret key and its source."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None
    """Security token of temporary keys."""
    domain_id: str = ""
    """Account id, if the user configured it."""
    source: str = ""
    """Display name of the file or variable with the key."""
    expires: datetime | None = None
    """Expiry time of temporary keys, if the source states it."""

    @property
    def label(self) -> str:
        """Display text: the masked access key and its source."""
        return f"{mask_access_key(self.access_key)} from {self.source}"

    @property
    def actor(self) -> Actor:
        """The actor, known only by the masked access key."""
        return Actor(access_key=mask_access_key(self.access_key))

    def check(self) -> None:
        """Raise CREDENTIALS for a value that is invalid in a header, such as a value with a line break.

        An HTTP library would quote the secret in its error message, so the values are checked here first.
        """
        _check_header_value("access_key", self.access_key)
        _check_header_value("secret_key", self.secret_key.reveal())
        _check_header_value("security_token", self.security_token.reveal() if self.security_token else "-")
        _check_header_value("account_id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"AccessKey({self.label})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An IAM token obtained with a user name and a password; it replaces the signature."""

    value: Secret
    user_name: str = ""
    domain_id: str = ""
    source: str = ""
    """Display name of the sign-in or variable that provided the token."""
    expires: datetime | None = None

    @property
    def label(self) -> str:
        """Display text: the user and the source of the token."""
        return f"token of {self.user_name or 'an unnamed user'} from {self.source}"

    @property
    def actor(self) -> Actor:
        """The actor, known by the user name."""
        return Actor(user_name=UntrustedText(self.user_name))

    def check(self) -> None:
        """Raise CREDENTIALS for a value that is invalid in a header."""
        _check_header_value("token", self.value.reveal())
        _check_header_value("account_id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"Token({self.label})"


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user that signs in with a password."""

    account_name: str
    user_name: str
    user_id: str = ""
    """Required for users with a second factor."""


Credential = AccessKey | Token
"""Credentials that authenticate a request."""


class CredentialSource(Protocol):
    """Source of credentials. Its methods may block and may raise UnsubError."""

    @property
    def label(self) -> str:
        """Display name of the source, without secrets."""

    @property
    def needs_sign_in(self) -> bool:
        """Whether the user must enter a password to get new credentials."""

    def load(self) -> Credential:
        """Return the current credentials, read again from the file or network service."""

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Return a token for a password and, if required, the code of a second factor."""


class WithoutSignIn:
    """Base of the sources that need no password."""

    needs_sign_in = False

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - required by the protocol
        """Raise CREDENTIALS: no user is configured."""
        raise credential_error("sign_in_impossible")


@dataclass(frozen=True, slots=True)
class StaticSource(WithoutSignIn):
    """Source of fixed credentials, such as environment variables."""

    credential: Credential

    @property
    def label(self) -> str:
        """Display text of the credentials."""
        return self.credential.label

    def load(self) -> Credential:
        """Return the fixed credentials."""
        return self.credential


def credential_error(code: FactCode, /, **values: str | int) -> UnsubError:
    """Return an UnsubError of kind CREDENTIALS that states this fact."""
    return UnsubError(Problem(kind=ProblemKind.CREDENTIALS, facts=(fact(code, **values),)))


def credentials_problem(detail: str) -> UnsubError:
    """Return an UnsubError of kind CREDENTIALS with this detail."""
    return UnsubError(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))


def _check_header_value(name: str, value: str) -> None:
    if not value or not value.isascii() or not value.isprintable() or set(value) & {" ", ","}:
        raise credential_error("credential_malformed", part=name)
