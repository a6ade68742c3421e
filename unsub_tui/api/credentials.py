"""Keys and tokens, and where they come from. Imports no HTTP library: settings are checked before the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from unsub_tui.domain.actor import Actor
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret, mask_access_key
from unsub_tui.domain.untrusted_text import UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """An access key with its secret, and where it was found."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None
    """Makes the keys temporary."""
    domain_id: str = ""
    """The account id, where the user gave it."""
    source: str = ""
    """Which file or variable it came from, for people."""
    expires: datetime | None = None
    """When temporary keys end, where their source says so."""

    @property
    def label(self) -> str:
        """What people may see: the source and the masked access key."""
        return f"{mask_access_key(self.access_key)} from {self.source}"

    @property
    def actor(self) -> Actor:
        """Whose keys these are: they tell nothing but themselves, masked."""
        return Actor(access_key=mask_access_key(self.access_key))

    def check(self) -> None:
        """Raise a CREDENTIALS problem for a value that cannot stand in a request, such as one with a line break.

        Said here in our own words: an HTTP library would say it by quoting the value.
        """
        _check_header_value("access key", self.access_key)
        _check_header_value("secret key", self.secret_key.reveal())
        _check_header_value("security token", self.security_token.reveal() if self.security_token else "-")
        _check_header_value("account id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"AccessKey({self.label})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What the identity service gave for a name and a password; it stands in the place of a signature."""

    value: Secret
    user_name: str = ""
    domain_id: str = ""
    source: str = ""
    """Which sign-in or variable it came from, for people."""
    expires: datetime | None = None

    @property
    def label(self) -> str:
        """What people may see: whose token it is and where it came from."""
        return f"token of {self.user_name or 'an unnamed user'} from {self.source}"

    @property
    def actor(self) -> Actor:
        """Whose token it is."""
        return Actor(user_name=UntrustedText(self.user_name))

    def check(self) -> None:
        """Raise a CREDENTIALS problem for a value that cannot stand in a request."""
        _check_header_value("token", self.value.reveal())
        _check_header_value("account id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"Token({self.label})"


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in with a password."""

    account_name: str
    user_name: str
    user_id: str = ""
    """Needed where the user has a second factor."""


Credential = AccessKey | Token
"""What proves to the service who asks."""


class CredentialSource(Protocol):
    """A place where keys or tokens come from. Its methods may block; they raise UnsubError."""

    @property
    def label(self) -> str:
        """Where it is, for people; never a secret."""

    @property
    def needs_sign_in(self) -> bool:
        """Whether a person has to type a password to get another one."""

    def load(self) -> Credential:
        """Return what is there now: a file is read again, a network service asked again."""

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Return a token for a typed password, and the code of a second factor where there is one."""


@dataclass(frozen=True, slots=True)
class StaticSource:
    """Credentials that never change, as those of the environment."""

    credential: Credential

    @property
    def label(self) -> str:
        """What people may see of it."""
        return self.credential.label

    @property
    def needs_sign_in(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Credential:
        """Return the same as ever."""
        return self.credential

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - the protocol's form
        """Refuse: there is nobody to sign in as."""
        raise sign_in_unavailable()


def sign_in_unavailable() -> UnsubError:
    """Return the error for a sign-in where no user is configured."""
    return credentials_problem("these credentials are not a sign-in; correct them where they come from")


def credentials_problem(detail: str) -> UnsubError:
    """Return a CREDENTIALS problem with a sentence of ours."""
    return UnsubError(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))


def _check_header_value(name: str, value: str) -> None:
    if not value or not value.isascii() or not value.isprintable() or set(value) & {" ", ","}:
        raise credentials_problem(f"the {name} is empty, or has a character that no {name} has")
