"""Keys and tokens, and where they come from. Imports no HTTP library: settings are checked before the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.person import Person
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.secret import Secret, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
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
        return f"{masked(self.access_key)} from {self.source}"

    @property
    def person(self) -> Person:
        """Whose keys these are: they tell nothing but themselves, masked."""
        return Person(access_key=masked(self.access_key))

    def check(self) -> None:
        """Raise a CREDENTIALS problem for a value that cannot stand in a request, such as one with a line break.

        Said here in our own words: an HTTP library would say it by quoting the value.
        """
        _check("access key", self.access_key)
        _check("secret key", self.secret_key.reveal())
        _check("security token", self.security_token.reveal() if self.security_token else "-")
        _check("account id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"Credentials({self.label})"


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
    def person(self) -> Person:
        """Whose token it is."""
        return Person(user_name=Foreign(self.user_name))

    def check(self) -> None:
        """Raise a CREDENTIALS problem for a value that cannot stand in a request."""
        _check("token", self.value.reveal())
        _check("account id", self.domain_id or "-")

    def __repr__(self) -> str:
        return f"Token({self.label})"


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in with a password."""

    account_name: str
    user_name: str
    user_id: str = ""
    """Needed where the user has a second factor."""


Proof = Credentials | Token
"""What proves to the service who asks."""


class CredentialSource(Protocol):
    """A place where keys or tokens come from. Its methods may block; they raise UnsubError."""

    @property
    def label(self) -> str:
        """Where it is, for people; never a secret."""

    @property
    def wants_login(self) -> bool:
        """Whether a person has to type a password to get another one."""

    def load(self) -> Proof:
        """Return what is there now: a file is read again, a network service asked again."""

    def sign_in(self, password: Secret, passcode: str) -> Proof:
        """Return a token for a typed password, and the code of a second factor where there is one."""


@dataclass(frozen=True, slots=True)
class FixedSource:
    """Credentials that never change, as those of the environment."""

    proof: Proof

    @property
    def label(self) -> str:
        """What people may see of it."""
        return self.proof.label

    @property
    def wants_login(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Proof:
        """Return the same as ever."""
        return self.proof

    def sign_in(self, password: Secret, passcode: str) -> Proof:  # noqa: ARG002 - the protocol's form
        """Refuse: there is nobody to sign in as."""
        raise no_login()


def no_login() -> UnsubError:
    """Return the error for a sign-in where no user is configured."""
    return credentials_problem("these credentials are not a sign-in; correct them where they come from")


def credentials_problem(detail: str) -> UnsubError:
    """Return a CREDENTIALS problem with a sentence of ours."""
    return UnsubError(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))


def _check(name: str, value: str) -> None:
    if not value or not value.isascii() or not value.isprintable() or set(value) & {" ", ","}:
        raise credentials_problem(f"the {name} is empty, or has a character that no {name} has")
