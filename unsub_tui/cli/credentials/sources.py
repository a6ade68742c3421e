"""The sources of credentials that the look-ups find: an agency, keys in a file, and a user with a password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unsub_tui.api.credentials import (
    AccessKey,
    Credential,
    CredentialSource,
    User,
    WithoutSignIn,
    credentials_problem,
)
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.domain.secret import Secret
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The result of looking up credentials in one location."""

    location: str
    """The file or variable, as display text."""
    message: str
    """The finding, as display text."""
    source: CredentialSource | None = None
    """The credentials, if they are the ones in use."""


@dataclass(frozen=True, slots=True)
class AgencySource(WithoutSignIn):
    """Temporary keys from the metadata service of the server (ECS) that the program runs on."""

    is_disabled: bool = False
    """UNSUB_NO_AGENCY is set: there is no agency, and a request to the metadata service would only take time."""
    label: str = "agency of this server"

    def load(self) -> Credential:
        """Return the keys from the metadata service. Raises CREDENTIALS if there are none or the agency is disabled."""
        if self.is_disabled:
            raise credentials_problem(_("the agency of this server is disabled by UNSUB_NO_AGENCY"))
        from unsub_tui.api.iam import agency_credentials

        return agency_credentials(self.label)


@dataclass(frozen=True, slots=True)
class FileSource(WithoutSignIn):
    """Keys in a file, which is reread on every load because the keys in it may have been replaced."""

    label: str
    """The masked key and its location."""
    location: str
    read_keys: Callable[[], Credential | None]

    def load(self) -> Credential:
        """Reread the file and return its keys. Raises CREDENTIALS if it no longer has any."""
        found = self.read_keys()
        if found is None:
            raise credentials_problem(_("{location} no longer contains keys").format(location=self.location))
        return found


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
            words = _("{user} is not signed in, or the sign-in has expired; sign in again")
            raise credentials_problem(words.format(user=for_display(self.user.user_name)))
        return self.sign_in(self.password, "")

    def sign_in(self, password: Secret, passcode: str) -> Credential:
        """Sign in and return a new token. Raises UnsubError."""
        from unsub_tui.api.endpoints import DEFAULT_SITE, Hosts
        from unsub_tui.api.iam import sign_in

        return sign_in(Hosts.for_site(self.site or DEFAULT_SITE, self.endpoint), self.user, password, passcode)


def access_key_pair(
    access_key: str, secret_key: str, security_token: str, domain_id: str, *, source: str, incomplete: str = ""
) -> AccessKey | None:
    """Return the keys, or None without a pair. Raises ConfigError with `incomplete`, if given, for half a pair."""
    if not access_key or not secret_key:
        if incomplete and (access_key or secret_key):
            raise ConfigError(incomplete)
        return None
    return AccessKey(
        access_key=access_key,
        secret_key=Secret(secret_key),
        security_token=Secret(security_token) or None,
        domain_id=domain_id,
        source=source,
    )


def look_up_file(location: str, read_keys: Callable[[], Credential | None], missing_message: str) -> LookupResult:
    """Return the result for a file with keys, or `missing_message` for a file without."""
    found = read_keys()
    if found is None:
        return LookupResult(location, missing_message)
    return LookupResult(location, found.label, FileSource(found.label, location, read_keys))
