"""Lookup results, and the sources that reread a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, CredentialSource, credentials_problem, sign_in_unavailable
from unsub_tui.domain.secret import Secret

NO_HOME = "no home directory: HOME is not set to an absolute path"


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The result of looking up credentials in one location."""

    location: str
    """The file or variable, as display text."""
    message: str
    """The finding, as display text."""
    source: CredentialSource | None = None


@dataclass(frozen=True, slots=True)
class FileSource:
    """Keys in a file, which is reread on every load because the keys in it may have been replaced."""

    label: str
    """The masked key and its location."""
    location: str
    read_keys: Callable[[], Credential | None]

    @property
    def needs_sign_in(self) -> bool:
        """Always False: the file contains complete keys."""
        return False

    def load(self) -> Credential:
        """Reread the file and return its keys. Raises CREDENTIALS if it no longer has any."""
        found = self.read_keys()
        if found is None:
            raise credentials_problem(f"{self.location} no longer contains keys")
        return found

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - required by the protocol
        """Raise an error: access keys have no sign-in."""
        raise sign_in_unavailable()


def look_up_file(location: str, read_keys: Callable[[], Credential | None], missing_message: str) -> LookupResult:
    """Return the result for a file with keys, or `missing_message` for a file without."""
    found = read_keys()
    return (
        LookupResult(location, missing_message)
        if found is None
        else LookupResult(location, found.label, FileSource(found.label, location, read_keys))
    )
