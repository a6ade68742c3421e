"""The agency of the server that the program runs on."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Proof, credentials_problem, no_login
from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class AgencySource:
    """Temporary keys from the metadata service, which is asked only when they are needed."""

    is_off: bool = False
    """Somebody has said that there is none: asking would only take time."""

    @property
    def label(self) -> str:
        """What people call it."""
        return "the agency of this server"

    @property
    def wants_login(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Proof:
        """Ask the metadata service; raises CREDENTIALS where there is none."""
        if self.is_off:
            raise credentials_problem("UNSUB_NO_AGENCY keeps the program from asking for this server's agency")
        from unsub_tui.api.metadata import agency_keys

        return agency_keys()

    def sign_in(self, password: Secret, passcode: str) -> Proof:  # noqa: ARG002 - the protocol's form
        """Refuse: an agency has no password."""
        raise no_login()
