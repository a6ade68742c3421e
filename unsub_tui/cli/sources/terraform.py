"""Terraform's variables, each with the OpenStack name that its provider falls back on: token, keys, then password."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.api.credentials import FixedSource, Token, User
from unsub_tui.cli.sources.environment import first_of, key_pair
from unsub_tui.cli.sources.finding import Finding
from unsub_tui.cli.sources.login import LoginSource
from unsub_tui.cli.tomlfile import ConfigError
from unsub_tui.domain.secret import Secret

_TOKENS = ("HW_AUTH_TOKEN", "OS_AUTH_TOKEN")
_ACCOUNT_IDS = ("HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID")
_ACCOUNT_NAMES = ("HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME")


def look(environ: Mapping[str, str]) -> Finding:
    """Return what Terraform's provider would use; raises ConfigError for what is set by half."""
    return _token(environ) or _keys(environ) or _login(environ) or Finding("HW_ACCESS_KEY", "not set")


def _token(environ: Mapping[str, str]) -> Finding | None:
    value = Secret(first_of(environ, _TOKENS))
    if not value:
        return None
    name = next(each for each in _TOKENS if environ.get(each))
    token = Token(value=value, domain_id=first_of(environ, _ACCOUNT_IDS), source=name)
    return Finding(name, token.label, FixedSource(token))


def _keys(environ: Mapping[str, str]) -> Finding | None:
    keys = key_pair(
        environ,
        ("HW_ACCESS_KEY", "OS_ACCESS_KEY"),
        ("HW_SECRET_KEY", "OS_SECRET_KEY"),
        ("HW_SECURITY_TOKEN",),
        _ACCOUNT_IDS,
    )
    return None if keys is None else Finding(keys.source, keys.label, FixedSource(keys))


def _login(environ: Mapping[str, str]) -> Finding | None:
    user_name = first_of(environ, ("HW_USER_NAME", "OS_USERNAME"))
    password = Secret(first_of(environ, ("HW_USER_PASSWORD", "OS_PASSWORD")))
    account_name = first_of(environ, _ACCOUNT_NAMES)
    if not user_name and not password:
        return None
    if not (user_name and password and account_name):
        raise ConfigError("HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME must be set together")
    user = User(account_name, user_name, first_of(environ, ("HW_USER_ID", "OS_USER_ID")))
    source = LoginSource(user, "HW_USER_NAME", password)
    return Finding("HW_USER_NAME", source.label, source)
