"""Credentials from the agency of the server (ECS) that the program runs on."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.api.credentials import Credential, credentials_problem, sign_in_unavailable
from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class AgencySource:
    """Temporary keys from the metadata service, which is called only when the keys are needed."""

    is_disabled: bool = False
    """UNSUB_NO_AGENCY is set: there is no agency, and a request to the metadata service would only take time."""

    @property
    def label(self) -> str:
        """The name of the source for messages."""
        return "agency of this server"

    @property
    def needs_sign_in(self) -> bool:
        """Always False: an agency needs no password."""
        return False

    def load(self) -> Credential:
        """Return the keys from the metadata service. Raises CREDENTIALS if there are none or the agency is disabled."""
        if self.is_disabled:
            raise credentials_problem("the agency of this server is disabled by UNSUB_NO_AGENCY")
        from unsub_tui.api.iam import agency_credentials

        return agency_credentials(self.label)

    def sign_in(self, password: Secret, passcode: str) -> Credential:  # noqa: ARG002 - required by the protocol
        """Raise an error: an agency has no password."""
        raise sign_in_unavailable()
