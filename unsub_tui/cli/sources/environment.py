"""The vendor's SDK variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unsub_tui.api.credentials import Credentials, FixedSource
from unsub_tui.cli.sources.finding import Finding
from unsub_tui.cli.tomlfile import ConfigError
from unsub_tui.domain.secret import Secret

_KEY, _SECRET, _TOKEN = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"


def look(environ: Mapping[str, str]) -> Finding:
    """Return what the SDK's variables hold; raises ConfigError where one of the pair is missing."""
    keys = key_pair(environ, (_KEY,), (_SECRET,), (_TOKEN,), ("HUAWEICLOUD_SDK_DOMAIN_ID",))
    return Finding(_KEY, "not set") if keys is None else Finding(_KEY, keys.label, FixedSource(keys))


def key_pair(
    environ: Mapping[str, str],
    keys: Sequence[str],
    secrets: Sequence[str],
    tokens: Sequence[str],
    accounts: Sequence[str],
) -> Credentials | None:
    """Return the keys of variables, each of which has names to fall back on; raises ConfigError for half a pair."""
    access_key, secret_key = first_of(environ, keys), Secret(first_of(environ, secrets))
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ConfigError(f"{keys[0]} and {secrets[0]} must be set together")
    return Credentials(
        access_key=access_key,
        secret_key=secret_key,
        security_token=Secret(first_of(environ, tokens)) or None,
        domain_id=first_of(environ, accounts),
        source=next(name for name in keys if environ.get(name)),
    )


def first_of(environ: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first variable that is set, or nothing."""
    return next((environ[name] for name in names if environ.get(name)), "")
