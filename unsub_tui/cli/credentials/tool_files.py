"""Credentials in files of other tools: the profile file of Huawei Cloud's SDK, and the current profile of KooCLI.

The SDK's file is an INI file with the keys for global services in section `[global]`. When the SDK creates a client
without credentials, it reads `[globalcredentials]` instead. We read both. KooCLI is Huawei Cloud's command line; its
keys can be read if they are not encrypted.
"""

from __future__ import annotations

import configparser
import json
import os
from pathlib import Path

from unsub_tui.api.credentials import AccessKey
from unsub_tui.cli.config.paths import home_dir
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.sources import LookupResult, access_key_pair, look_up_file
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.settings_files import read_settings_file
from unsub_tui.present.i18n import _

SDK_VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
SDK_FILE, KOOCLI_FILE = ".huaweicloud/credentials", ".hcloud/config.json"

ENCRYPTED = (
    "its keys are encrypted; use other credentials, or let KooCLI store the keys unencrypted with: "
    "hcloud configure set --cli-auth-encrypt=false"
)


def look_up_sdk() -> LookupResult:
    """Return the keys in the SDK's file. Raises ConfigError if the file cannot be read."""
    named, at_home = os.environ.get(SDK_VARIABLE), home_dir()
    if named:
        path = Path(named)
        read_settings_file(path, named_by=SDK_VARIABLE)  # an explicit file that is missing is an error
    elif at_home is not None:
        path = at_home / SDK_FILE
    else:
        return _without_home(SDK_FILE)
    return look_up_file(str(path), lambda: _read_sdk_keys(path), "no such file, or no keys in its section [global]")


def look_up_koocli() -> LookupResult:
    """Return the keys of KooCLI's current profile. Raises ConfigError if the file is not a JSON object."""
    at_home = home_dir()
    if at_home is None:
        return _without_home(KOOCLI_FILE)
    path = at_home / KOOCLI_FILE
    document = _read_koocli_document(path)
    if document is None:
        return LookupResult(str(path), "no such file")
    if str(document.get("authEncrypt", "true")).lower() == "true":
        return LookupResult(str(path), ENCRYPTED)
    return look_up_file(str(path), lambda: _read_koocli_keys(path), "no keys in its current profile")


def _without_home(name: str) -> LookupResult:
    return LookupResult(f"~/{name}", "no home directory: HOME is not set to an absolute path")


def _read_sdk_keys(path: Path) -> AccessKey | None:
    text = read_settings_file(path)
    if text is None:
        return None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise ConfigError(_("{path} is not an INI file of Huawei Cloud's SDK"), path=path) from None
    section = next(filter(parser.has_section, ("global", "globalcredentials")), None)
    if section is None:
        return None
    place = f"{path} [{section}]"
    values = (parser[section].get(name, "").strip() for name in ("ak", "sk", "security_token", "domain_id"))
    return access_key_pair(*values, source=place, incomplete=_("{place} needs ak and sk").format(place=place))


def _read_koocli_document(path: Path) -> dict[str, object] | None:
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


def _read_koocli_keys(path: Path) -> AccessKey | None:
    """Return the keys of the current profile, or None if it has no complete pair."""
    document = _read_koocli_document(path) or {}
    profiles = document.get("profiles")
    for profile in profiles if isinstance(profiles, list) else ():
        if isinstance(profile, dict) and profile.get("name") == document.get("current"):
            keys = {**_mode_keys(profile), "domainId": profile.get("domainId")}
            names = ("accessKeyId", "secretAccessKey", "securityToken", "domainId")
            values = (value if isinstance(value := keys.get(name), str) else "" for name in names)
            return access_key_pair(*values, source=f"{path} [{for_display(str(profile.get('name')))}]")
    return None


def _mode_keys(profile: dict[str, object]) -> dict[str, object]:
    """Return the object that holds a profile's keys in its mode. Agency and token modes have no usable keys."""
    mode = profile.get("mode", "AKSK")
    if mode == "AKSK":
        return profile
    login = profile.get("ssoAuth") if mode == "SSO" else None
    keys = login.get("stsToken") if isinstance(login, dict) else None
    return keys if isinstance(keys, dict) else {}
