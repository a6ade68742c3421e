"""Credentials from environment variables: those of Huawei Cloud's SDK, and Terraform's with OpenStack alternatives."""

from __future__ import annotations

import os
from collections.abc import Sequence

from unsub_tui.api.credentials import StaticSource, Token, User
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.sources import LookupResult, PasswordSource, access_key_pair
from unsub_tui.domain.secret import Secret
from unsub_tui.present.i18n import _

_SDK_KEYS = (
    *(("HUAWEICLOUD_SDK_AK",), ("HUAWEICLOUD_SDK_SK",)),
    *(("HUAWEICLOUD_SDK_SECURITY_TOKEN",), ("HUAWEICLOUD_SDK_DOMAIN_ID",)),
)
"""Variables of access key, secret key, security token and account id; the first one of each that is set is used."""

_TERRAFORM_KEYS = (
    *(("HW_ACCESS_KEY", "OS_ACCESS_KEY"), ("HW_SECRET_KEY", "OS_SECRET_KEY")),
    *(("HW_SECURITY_TOKEN",), ("HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID")),
)
_ACCOUNT_NAMES = ("HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME")


def look_up_sdk() -> LookupResult:
    """Return the keys in the SDK's variables. Raises ConfigError if only one of the pair is set."""
    return _look_up_keys(_SDK_KEYS) or LookupResult("HUAWEICLOUD_SDK_AK", "not set")


def look_up_terraform() -> LookupResult:
    """Return the token, keys or password that Terraform's provider would use. Raises ConfigError for half of one."""
    return (
        _look_up_token()
        or _look_up_keys(_TERRAFORM_KEYS)
        or _look_up_password()
        or LookupResult("HW_ACCESS_KEY", "not set")
    )


def _look_up_token() -> LookupResult | None:
    name = next(filter(os.environ.get, ("HW_AUTH_TOKEN", "OS_AUTH_TOKEN")), None)
    if name is None:
        return None
    token = Token(value=Secret(os.environ[name]), domain_id=_value(_TERRAFORM_KEYS[-1]), source=name)
    return LookupResult(name, token.label, StaticSource(token))


def _look_up_keys(variables: Sequence[Sequence[str]]) -> LookupResult | None:
    access_keys, secret_keys = variables[:2]
    incomplete = _("{access_key} and {secret_key} must be set together")
    keys = access_key_pair(
        *(_value(names) for names in variables),
        source=next(filter(os.environ.get, access_keys), ""),
        incomplete=incomplete.format(access_key=access_keys[0], secret_key=secret_keys[0]),
    )
    return None if keys is None else LookupResult(keys.source, keys.label, StaticSource(keys))


def _look_up_password() -> LookupResult | None:
    user_name = _value(("HW_USER_NAME", "OS_USERNAME"))
    password = Secret(_value(("HW_USER_PASSWORD", "OS_PASSWORD")))
    account_name = _value(_ACCOUNT_NAMES)
    if not user_name and not password:
        return None
    if not (user_name and password and account_name):
        raise ConfigError(_("HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME must be set together"))
    user = User(account_name, user_name, _value(("HW_USER_ID", "OS_USER_ID")))
    source = PasswordSource(user, "HW_USER_NAME", password)
    return LookupResult("HW_USER_NAME", source.label, source)


def _value(names: Sequence[str]) -> str:
    """Return the value of the first variable that is set, or an empty string."""
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
