"""The agency of the server that the program runs on."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, credentials_problem, sign_in_unavailable
from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class AgencySource:
    """Temporary keys from the metadata service, which is asked only when they are needed."""

    is_disabled: bool = False
    """Somebody has said that there is none: asking would only take time."""

    @property
    def label(self) -> str:
        """What people call it."""
        return "the agency of this server"

    @property
    def needs_sign_in(self) -> bool:
        """Nobody has to type anything."""
        return False

    def load(self) -> Credential:
        """Ask the metadata service; raises CREDENTIALS where there is none."""
        if self.is_disabled:
            raise credentials_problem("UNSUB_NO_AGENCY keeps the program from asking for this server's agency")
        from unsub_tui.api.metadata_service import agency_credentials

        return agency_credentials()

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - the protocol's form
        """Refuse: an agency has no password."""
        raise sign_in_unavailable()
