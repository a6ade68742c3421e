"""Credentials from Terraform's variables, with their OpenStack alternatives: token, then keys, then password."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api.credentials import StaticSource, Token, User
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.base import LookupResult
from unsub_tui.cli.credentials.environment import first_set, keys_from_variables
from unsub_tui.cli.credentials.password import PasswordSource
from unsub_tui.domain.secret import Secret

_TOKENS = ("HW_AUTH_TOKEN", "OS_AUTH_TOKEN")
_ACCOUNT_IDS = ("HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID")
_ACCOUNT_NAMES = ("HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME")


def look_up(environ: Mapping[str, str]) -> LookupResult:
    """Return the credentials that Terraform's provider would use. Raises ConfigError if they are incomplete."""
    return (
        _look_up_token(environ)
        or _look_up_keys(environ)
        or _look_up_password(environ)
        or LookupResult("HW_ACCESS_KEY", "not set")
    )


def _look_up_token(environ: Mapping[str, str]) -> LookupResult | None:
    value = Secret(first_set(environ, _TOKENS))
    if not value:
        return None
    name = next(each for each in _TOKENS if environ.get(each))
    token = Token(value=value, domain_id=first_set(environ, _ACCOUNT_IDS), source=name)
    return LookupResult(name, token.label, StaticSource(token))


def _look_up_keys(environ: Mapping[str, str]) -> LookupResult | None:
    keys = keys_from_variables(
        environ,
        ("HW_ACCESS_KEY", "OS_ACCESS_KEY"),
        ("HW_SECRET_KEY", "OS_SECRET_KEY"),
        ("HW_SECURITY_TOKEN",),
        _ACCOUNT_IDS,
    )
    return None if keys is None else LookupResult(keys.source, keys.label, StaticSource(keys))


def _look_up_password(environ: Mapping[str, str]) -> LookupResult | None:
    user_name = first_set(environ, ("HW_USER_NAME", "OS_USERNAME"))
    password = Secret(first_set(environ, ("HW_USER_PASSWORD", "OS_PASSWORD")))
    account_name = first_set(environ, _ACCOUNT_NAMES)
    if not user_name and not password:
        return None
    if not (user_name and password and account_name):
        raise ConfigError("HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME must be set together")
    user = User(account_name, user_name, first_set(environ, ("HW_USER_ID", "OS_USER_ID")))
    source = PasswordSource(user, "HW_USER_NAME", password)
    return LookupResult("HW_USER_NAME", source.label, source)
