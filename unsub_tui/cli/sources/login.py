"""A user who signs in with a password: typed without echo, or out of Terraform's variables."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Proof, User, credentials_problem
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class LoginSource:
    """Tokens for a password. Both live in memory only."""

    user: User
    place: str
    """Which file or variable names the user."""
    password: Secret | None = None
    """Known beforehand only where the environment holds it."""
    site: str = ""
    endpoint: str = ""
    """Site and endpoint of the account say who gives the tokens."""

    @property
    def label(self) -> str:
        """Who signs in, and who says so."""
        return f"{clean(self.user.user_name)} of {clean(self.user.account_name)}, signing in ({self.place})"

    @property
    def wants_login(self) -> bool:
        """Whether somebody has to type the password."""
        return self.password is None

    def load(self) -> Proof:
        """Sign in with the password that is known; raises CREDENTIALS where one has to be typed."""
        if self.password is None:
            raise credentials_problem(f"{clean(self.user.user_name)} is not signed in, or no longer; sign in again")
        return self.sign_in(self.password, "")

    def sign_in(self, password: Secret, passcode: str) -> Proof:
        """Return a new token; raises UnsubError."""
        from unsub_tui.api.endpoint import FIRST_SITE, Hosts
        from unsub_tui.api.login import sign_in

        return sign_in(Hosts.of(self.site or FIRST_SITE, self.endpoint), self.user, password, passcode)
