"""What a source of keys had to give, and the sources that can be read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.api.credentials import CredentialSource, Proof, credentials_problem, no_login
from unsub_tui.domain.secret import Secret

NO_HOME = "no home directory: HOME is not set to an absolute path"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one place had to give."""

    place: str
    """Which file or variable, for people."""
    words: str
    """What was found there, for people."""
    source: CredentialSource | None = None


@dataclass(frozen=True, slots=True)
class FileSource:
    """Keys in a file: read again whenever they are asked for, as somebody may have put others there."""

    label: str
    """Which file, and the masked key."""
    place: str
    read: Callable[[], Proof | None]

    @property
    def wants_login(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Proof:
        """Read the file again."""
        found = self.read()
        if found is None:
            raise credentials_problem(f"there are no keys any more in {self.place}")
        return found

    def sign_in(self, password: Secret, passcode: str) -> Proof:  # noqa: ARG002 - the protocol's form
        """Refuse: keys are not a sign-in."""
        raise no_login()


def of_file(place: str, read: Callable[[], Proof | None], nothing: str) -> Finding:
    """Return the finding of a file that has keys, or the words for one that has none."""
    found = read()
    return (
        Finding(place, nothing) if found is None else Finding(place, found.label, FileSource(found.label, place, read))
    )
