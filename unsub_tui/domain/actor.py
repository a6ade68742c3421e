"""Who did something: the user of this machine, and whom the vendor takes that user for."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person, as far as known; what is not known is empty. Holds nothing secret."""

    operator: str = ""
    """Linux user, host and SSH origin, as one text."""
    account_id: str = ""
    """The account to which the credentials belong."""
    user_id: UntrustedText = EMPTY
    """The vendor's id of the IAM user or the session of an agency."""
    user_name: UntrustedText = EMPTY
    access_key: str = ""
    """Masked: the first four and the last two characters."""

    @property
    def user(self) -> str:
        """The IAM user for people: the name, else the id, else the masked key."""
        return self.user_name.for_display() or self.user_id.for_display() or self.access_key

    @property
    def label(self) -> str:
        """The whole for people: who sat there, and as whom the vendor knows them."""
        user = f"as {self.user}" if self.user else ""
        return " ".join(part for part in (UntrustedText(self.operator).for_display(), user) if part)


UNKNOWN_ACTOR = Actor()
"""Nothing is known."""
