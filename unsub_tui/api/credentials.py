"""The keys that sign requests. Imports no HTTP library: settings are checked before the first frame."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def label(self) -> str:
        """What people may see: the source and the masked access key."""
        return f"{masked(self.access_key)} from {self.source}"

    def check(self) -> None:
        """Raise a CREDENTIALS problem for a value that cannot stand in a request, such as one with a line break.

        Said here in our own words: an HTTP library would say it by quoting the value.
        """
        for name, is_plain in (
            ("access key", _is_plain(self.access_key) and bool(self.access_key)),
            ("secret key", _is_plain(self.secret_key.reveal()) and bool(self.secret_key)),
            ("security token", self.security_token is None or _is_plain(self.security_token.reveal())),
            ("account id", _is_plain(self.domain_id)),
        ):
            if not is_plain:
                detail = f"the {name} is empty, or has a character that no {name} has"
                raise UnsubError(Problem(kind=ProblemKind.CREDENTIALS, detail=detail))

    def __repr__(self) -> str:
        return f"Credentials({self.label})"


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and not set(value) & {" ", ","}
