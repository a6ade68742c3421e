"""The keys that sign requests. Imports no HTTP library: settings are checked before the first frame."""

from __future__ import annotations

from dataclasses import dataclass

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

    def __repr__(self) -> str:
        return f"Credentials({self.label})"
