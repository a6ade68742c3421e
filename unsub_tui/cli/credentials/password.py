"""A user who signs in with a password: typed without echo, or out of Terraform's variables."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, User, credentials_problem
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Tokens for a password. Both live in memory only."""

    user: User
    location: str
    """Which file or variable names the user."""
    password: Secret | None = None
    """Known beforehand only where the environment holds it."""
    site: str = ""
    endpoint: str = ""
    """Site and endpoint of the account say who gives the tokens."""

    @property
    def label(self) -> str:
        """Who signs in, and who says so."""
        return (
            f"{for_display(self.user.user_name)} of {for_display(self.user.account_name)}, signing in ({self.location})"
        )

    @property
    def needs_sign_in(self) -> bool:
        """Whether somebody has to type the password."""
        return self.password is None

    def load(self) -> Credential:
        """Sign in with the password that is known; raises CREDENTIALS where one has to be typed."""
        if self.password is None:
            raise credentials_problem(
                f"{for_display(self.user.user_name)} is not signed in, or no longer; sign in again"
            )
        return self.sign_in(self.password, "")

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Return a new token; raises UnsubError."""
        from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
        from unsub_tui.api.iam import sign_in

        return sign_in(Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint), self.user, password, passcode)
