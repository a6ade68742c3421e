"""Credentials from the current profile of KooCLI, Huawei Cloud's command line, if its keys are not encrypted."""

from __future__ import annotations

import json
from pathlib import Path

from unsub_tui.api.credentials import AccessKey
from unsub_tui.cli.config.paths import home_dir
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.sources import NO_HOME, LookupResult, access_key_pair, look_up_file
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.settings_files import read_settings_file
from unsub_tui.present.i18n import _

ENCRYPTED = (
    "its keys are encrypted; use other credentials, or let KooCLI store the keys unencrypted with: "
    "hcloud configure set --cli-auth-encrypt=false"
)

_FIELDS = ("accessKeyId", "secretAccessKey", "securityToken", "domainId")


def look_up() -> LookupResult:
    """Return the keys of KooCLI's current profile. Raises ConfigError if the file is not a JSON object."""
    at_home = home_dir()
    if at_home is None:
        return LookupResult("~/.hcloud/config.json", NO_HOME)
    path = at_home / ".hcloud" / "config.json"
    document = _read_document(path)
    if document is None:
        return LookupResult(str(path), "no such file")
    if str(document.get("authEncrypt", "true")).lower() == "true":
        return LookupResult(str(path), ENCRYPTED)
    return look_up_file(str(path), lambda: _read_keys(path), "no keys in its current profile")


def _read_document(path: Path) -> dict[str, object] | None:
    text = read_settings_file(path)
    if text is None:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ConfigError(_("{path} is not KooCLI's JSON file"), path=path)
    return document


def _read_keys(path: Path) -> AccessKey | None:
    """Return the keys of the current profile, or None if it has no complete pair."""
    document = _read_document(path) or {}
    profiles = document.get("profiles")
    for profile in profiles if isinstance(profiles, list) else ():
        if isinstance(profile, dict) and profile.get("name") == document.get("current"):
            keys = {**_mode_keys(profile), "domainId": profile.get("domainId")}
            place = f"{path} [{for_display(str(profile.get('name')))}]"
            return access_key_pair(*(_text(keys, name) for name in _FIELDS), source=place)
    return None


def _mode_keys(profile: dict[str, object]) -> dict[str, object]:
    """Return the object that holds a profile's keys in its mode. Agency and token modes have no usable keys."""
    mode = profile.get("mode", "AKSK")
    if mode == "AKSK":
        return profile
    login = profile.get("ssoAuth") if mode == "SSO" else None
    keys = login.get("stsToken") if isinstance(login, dict) else None
    return keys if isinstance(keys, dict) else {}


def _text(keys: dict[str, object], name: str) -> str:
    value = keys.get(name)
    return value if isinstance(value, str) else ""
