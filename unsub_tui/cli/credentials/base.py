"""What a source of keys had to give, and the sources that can be read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, CredentialSource, credentials_problem, sign_in_unavailable
from unsub_tui.domain.secret import Secret

NO_HOME = "no home directory: HOME is not set to an absolute path"


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What one place had to give."""

    location: str
    """Which file or variable, for people."""
    message: str
    """What was found there, for people."""
    source: CredentialSource | None = None


@dataclass(frozen=True, slots=True)
class FileSource:
    """Keys in a file: read again whenever they are asked for, as somebody may have put others there."""

    label: str
    """Which file, and the masked key."""
    location: str
    read_keys: Callable[[], Credential | None]

    @property
    def needs_sign_in(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Credential:
        """Read the file again."""
        found = self.read_keys()
        if found is None:
            raise credentials_problem(f"there are no keys any more in {self.location}")
        return found

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - the protocol's form
        """Refuse: keys are not a sign-in."""
        raise sign_in_unavailable()


def look_up_file(location: str, read_keys: Callable[[], Credential | None], missing_message: str) -> LookupResult:
    """Return the finding of a file that has keys, or the words for one that has none."""
    found = read_keys()
    return (
        LookupResult(location, missing_message)
        if found is None
        else LookupResult(location, found.label, FileSource(found.label, location, read_keys))
    )
