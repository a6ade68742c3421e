"""The agency of the server that the program runs on."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Proof, no_login
from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class AgencySource:
    """Temporary keys from the metadata service, which is asked only when they are needed."""

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
        from unsub_tui.api.metadata import agency_keys

        return agency_keys()

    def sign_in(self, password: Secret, passcode: str) -> Proof:  # noqa: ARG002 - the protocol's form
        """Refuse: an agency has no password."""
        raise no_login()
