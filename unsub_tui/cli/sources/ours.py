"""Our own file of keys, one table a profile: keys, keys whose secret is in the desktop's key store, or a sign-in."""

from __future__ import annotations

from pathlib import Path

from unsub_tui.api.credentials import Credentials, CredentialSource, Proof, User, credentials_problem
from unsub_tui.cli.sources.finding import FileSource, Finding
from unsub_tui.cli.sources.login import LoginSource
from unsub_tui.cli.tomlfile import ConfigError, Table, nearest, read_secret_table
from unsub_tui.domain.secret import Secret, masked

SERVICE = "unsub-tui"
"""Under which name the secret key lies in the key store; the user there is the access key."""

_KNOWN = (
    *("access_key", "secret_key", "security_token", "domain_id"),
    *("keyring", "user_name", "account_name", "user_id"),
)


def look(path: Path, profile: str) -> Finding:
    """Return what a profile of the file has; raises ConfigError for one that is not whole."""
    table = read_secret_table(path)
    keys = table.table(profile) if table else None
    if keys is None:
        return Finding(str(path), "no such file" if table is None else f"no profile {profile!r}")
    source = _source(path, profile, keys)
    return Finding(str(path), source.label, source)


def named(path: Path, profile: str) -> CredentialSource:
    """Return the profile that was asked for; raises CREDENTIALS where the file has none of that name."""
    source = look(path, profile).source
    if source is None:
        table = read_secret_table(path)
        known = nearest(profile, table.values) if table else ""
        raise credentials_problem(f"profile {profile!r} has no keys in {path}{known}")
    return source


def _source(path: Path, profile: str, keys: Table) -> CredentialSource:
    keys.refuse_unknown(_KNOWN)
    if keys.text("user_name"):
        return LoginSource(
            User(_needed(keys, "account_name"), keys.text("user_name"), keys.text("user_id")), keys.where
        )
    if keys.flag("keyring"):
        access_key = _needed(keys, "access_key")
        place = f"the key store ({keys.where})"
        return FileSource(f"{masked(access_key)} from {place}", place, lambda: _from_key_store(access_key, keys, place))
    return FileSource(_keys(keys).label, keys.where, lambda: _again(path, profile))


def _again(path: Path, profile: str) -> Proof | None:
    table = read_secret_table(path)
    keys = table.table(profile) if table else None
    return None if keys is None else _keys(keys)


def _keys(keys: Table) -> Credentials:
    if not (keys.text("access_key") and keys.text("secret_key")):
        raise ConfigError(f"{keys.where} needs access_key and secret_key, or user_name and account_name")
    return Credentials(
        access_key=keys.text("access_key"),
        secret_key=Secret(keys.text("secret_key")),
        security_token=Secret(keys.text("security_token")) or None,
        domain_id=keys.text("domain_id"),
        source=keys.where,
    )


def _from_key_store(access_key: str, keys: Table, place: str) -> Credentials:
    """Return the keys with the secret out of the desktop's store; raises CREDENTIALS with what to do."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise credentials_problem(f"{place} needs one more library: pip install 'unsub-tui[keyring]'") from error
    try:
        secret_key = Secret(keyring.get_password(SERVICE, access_key) or "")
    except KeyringError as error:
        raise credentials_problem(f"{place} cannot be opened here; is its service running?") from error
    if not secret_key:
        raise credentials_problem(f"{place} has no secret for it; run: keyring set {SERVICE} {access_key}")
    return Credentials(access_key=access_key, secret_key=secret_key, domain_id=keys.text("domain_id"), source=place)


def _needed(keys: Table, name: str) -> str:
    value = keys.text(name)
    if not value:
        raise ConfigError(f"{keys.where} needs {name}")
    return value
