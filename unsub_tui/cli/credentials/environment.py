"""Credentials from the environment variables of Huawei Cloud's SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unsub_tui.api.credentials import AccessKey, StaticSource
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.base import LookupResult
from unsub_tui.domain.secret import Secret

_KEY, _SECRET, _TOKEN = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"


def look_up(environ: Mapping[str, str]) -> LookupResult:
    """Return the keys in the SDK's variables. Raises ConfigError if only one of the pair is set."""
    keys = keys_from_variables(environ, (_KEY,), (_SECRET,), (_TOKEN,), ("HUAWEICLOUD_SDK_DOMAIN_ID",))
    return LookupResult(_KEY, "not set") if keys is None else LookupResult(_KEY, keys.label, StaticSource(keys))


def keys_from_variables(
    environ: Mapping[str, str],
    access_key_names: Sequence[str],
    secret_key_names: Sequence[str],
    token_names: Sequence[str],
    account_id_names: Sequence[str],
) -> AccessKey | None:
    """Return the keys from the first set variable of each list, or None. Raises ConfigError for an incomplete pair."""
    access_key, secret_key = first_set(environ, access_key_names), Secret(first_set(environ, secret_key_names))
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ConfigError(f"{access_key_names[0]} and {secret_key_names[0]} must be set together")
    return AccessKey(
        access_key=access_key,
        secret_key=secret_key,
        security_token=Secret(first_set(environ, token_names)) or None,
        domain_id=first_set(environ, account_id_names),
        source=next(name for name in access_key_names if environ.get(name)),
    )


def first_set(environ: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the value of the first variable that is set, or an empty string."""
    return next((environ[name] for name in names if environ.get(name)), "")
