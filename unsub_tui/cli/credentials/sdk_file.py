"""The profile file of Huawei Cloud's SDK: an INI file with the keys for global services in section `[global]`.

When the SDK creates a client without credentials, it reads `[globalcredentials]` instead. We read both.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from unsub_tui.api.credentials import AccessKey
from unsub_tui.cli.config.paths import home_dir
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.base import NO_HOME, LookupResult, look_up_file
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.settings_files import read_settings_file

VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
SECTIONS = ("global", "globalcredentials")


def look_up(environ: Mapping[str, str]) -> LookupResult:
    """Return the keys in the file. Raises ConfigError if the file cannot be read."""
    named = environ.get(VARIABLE)
    at_home = home_dir()
    if named:
        path = Path(named)
    elif at_home is not None:
        path = at_home / ".huaweicloud" / "credentials"
    else:
        return LookupResult("~/.huaweicloud/credentials", NO_HOME)
    read_settings_file(path, named_by=VARIABLE if named else "")  # an explicit file that is missing is an error
    return look_up_file(str(path), lambda: _read_keys(path), "no such file, or no keys in its section [global]")


def _read_keys(path: Path) -> AccessKey | None:
    text = read_settings_file(path)
    if text is None:
        return None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise ConfigError(f"{path} is not an INI file of Huawei Cloud's SDK") from None
    for section in SECTIONS:
        if parser.has_section(section):
            return _parse_keys(parser[section], f"{path} [{section}]")
    return None


def _parse_keys(section: Mapping[str, str], place: str) -> AccessKey | None:
    access_key, secret_key = section.get("ak", "").strip(), Secret(section.get("sk", "").strip())
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ConfigError(f"{place} needs ak and sk")
    return AccessKey(
        access_key=access_key,
        secret_key=secret_key,
        security_token=Secret(section.get("security_token", "").strip()) or None,
        domain_id=section.get("domain_id", "").strip(),
        source=place,
    )
