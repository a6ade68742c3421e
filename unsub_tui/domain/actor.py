"""The person behind an operation: the local user and the Huawei Cloud identity."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, as far as known: unknown fields are empty. Contains no secrets."""

    operator: str = ""
    """Linux user, host and SSH origin as one text."""
    account_id: str = ""
    """The account to which the credentials belong."""
    user_id: UntrustedText = EMPTY
    """Huawei Cloud's id of the IAM user or of the agency session."""
    user_name: UntrustedText = EMPTY
    access_key: str = ""
    """Masked access key: the first four and the last two characters."""

    @property
    def user(self) -> str:
        """The IAM user for display: the name, else the id, else the masked access key."""
        return self.user_name.for_display() or self.user_id.for_display() or self.access_key

    @property
    def label(self) -> str:
        """Operator and IAM user for display."""
        user = f"as {self.user}" if self.user else ""
        return " ".join(part for part in (UntrustedText(self.operator).for_display(), user) if part)


UNKNOWN_ACTOR = Actor()
"""An actor about whom nothing is known."""
