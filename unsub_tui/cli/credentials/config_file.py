"""Our credentials file, one table per profile: keys, keys with the secret in the desktop's key store, or a sign-in."""

from __future__ import annotations

from unsub_tui.api.credentials import AccessKey, Credential, CredentialSource, User, credentials_problem
from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.config.toml import ConfigError, TomlTable, did_you_mean, read_toml_file
from unsub_tui.cli.credentials.sources import FileSource, LookupResult, PasswordSource, access_key_pair
from unsub_tui.domain.secret import Secret, mask_access_key
from unsub_tui.present.i18n import _

KEYRING_SERVICE = "unsub-tui"
"""Service name of the secret key in the key store; its user name is the access key."""

_KEYS = ("access_key", "secret_key", "security_token", "domain_id")
_KNOWN = (*_KEYS, "keyring", "user_name", "account_name", "user_id")


def look_up(profile: str) -> LookupResult:
    """Return the credentials of a profile in the file. Raises ConfigError if they are incomplete."""
    path, table = credentials_file(), _read_file()
    keys = table.table(profile) if table else None
    if keys is None:
        return LookupResult(str(path), "no such file" if table is None else f"no profile {profile!r}")
    source = _profile_source(profile, keys)
    return LookupResult(str(path), source.label, source)


def load_profile(profile: str) -> CredentialSource:
    """Return the credential source of an explicit profile. Raises CREDENTIALS if the file does not have the profile."""
    source = look_up(profile).source
    if source is None:
        table = _read_file()
        words = _("profile {profile!r} has no keys in {path}").format(profile=profile, path=credentials_file())
        raise credentials_problem(words + (did_you_mean(profile, table.values) if table else ""))
    return source


def _profile_source(profile: str, keys: TomlTable) -> CredentialSource:
    keys.reject_unknown_keys(_KNOWN)
    if keys.text("user_name"):
        user = User(_required_text(keys, "account_name"), keys.text("user_name"), keys.text("user_id"))
        return PasswordSource(user, keys.location)
    if keys.boolean("keyring"):
        access_key = _required_text(keys, "access_key")
        location = f"the key store ({keys.location})"
        label = f"{mask_access_key(access_key)} from {location}"
        return FileSource(label, location, lambda: _keyring_keys(access_key, keys, location))
    return FileSource(_parse_keys(keys).label, keys.location, lambda: _reload_keys(profile))


def _reload_keys(profile: str) -> Credential | None:
    table = _read_file()
    keys = table.table(profile) if table else None
    return None if keys is None else _parse_keys(keys)


def _parse_keys(keys: TomlTable) -> AccessKey:
    found = access_key_pair(*map(keys.text, _KEYS), source=keys.location)
    if found is None:
        words = _("{location} needs access_key and secret_key, or user_name and account_name")
        raise ConfigError(words, location=keys.location)
    return found


def _keyring_keys(access_key: str, keys: TomlTable, location: str) -> AccessKey:
    """Return the keys with the secret from the desktop's key store. Raises CREDENTIALS with the next step."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        words = _("{location} needs keyring; install it with: pip install 'unsub-tui[keyring]'")
        raise credentials_problem(words.format(location=location)) from error
    try:
        secret_key = Secret(keyring.get_password(KEYRING_SERVICE, access_key) or "")
    except KeyringError as error:
        words = _("{location} cannot be opened; check that its service is running")
        raise credentials_problem(words.format(location=location)) from error
    if not secret_key:
        words = _("{location} has no secret key for it; store it with: keyring set {service} {access_key}")
        raise credentials_problem(words.format(location=location, service=KEYRING_SERVICE, access_key=access_key))
    return AccessKey(access_key=access_key, secret_key=secret_key, domain_id=keys.text("domain_id"), source=location)


def _required_text(keys: TomlTable, name: str) -> str:
    value = keys.text(name)
    if not value:
        raise ConfigError(_("{location} needs {name}"), location=keys.location, name=name)
    return value


def _read_file() -> TomlTable | None:
    return read_toml_file(credentials_file(), is_secret=True)
