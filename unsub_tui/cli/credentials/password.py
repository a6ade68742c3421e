"""Credentials of a user who signs in with a password, typed without echo or taken from Terraform's variables."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, User, credentials_problem
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Tokens obtained with a password. Both are kept in memory only."""

    user: User
    location: str
    """The file or variable that names the user."""
    password: Secret | None = None
    """Set only if it comes from the environment; otherwise the user types it."""
    site: str = ""
    endpoint: str = ""
    """Site and endpoint of the account determine the host that issues tokens."""

    @property
    def label(self) -> str:
        """The user and the location that names the user."""
        user, account = for_display(self.user.user_name), for_display(self.user.account_name)
        return f"{user} of {account}, password sign-in ({self.location})"

    @property
    def needs_sign_in(self) -> bool:
        """Whether the user has to type the password."""
        return self.password is None

    def load(self) -> Credential:
        """Sign in with the stored password. Raises CREDENTIALS if the user has to type it."""
        if self.password is None:
            raise credentials_problem(
                f"{for_display(self.user.user_name)} is not signed in, or the sign-in has expired; sign in again"
            )
        return self.sign_in(self.password, "")

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Sign in and return a new token. Raises UnsubError."""
        from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
        from unsub_tui.api.iam import sign_in

        return sign_in(Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint), self.user, password, passcode)
