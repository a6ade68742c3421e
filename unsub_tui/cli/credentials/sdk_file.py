"""The profile file of Huawei Cloud's SDK: an INI file with the keys for global services in section `[global]`.

When the SDK creates a client without credentials, it reads `[globalcredentials]` instead. We read both.
"""

from __future__ import annotations

import configparser
import os
from pathlib import Path

from unsub_tui.api.credentials import AccessKey
from unsub_tui.cli.config.paths import home_dir
from unsub_tui.cli.config.toml import ConfigError
from unsub_tui.cli.credentials.sources import NO_HOME, LookupResult, access_key_pair, look_up_file
from unsub_tui.engine.settings_files import read_settings_file
from unsub_tui.present.i18n import _

VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
SECTIONS = ("global", "globalcredentials")


def look_up() -> LookupResult:
    """Return the keys in the file. Raises ConfigError if the file cannot be read."""
    named = os.environ.get(VARIABLE)
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
        raise ConfigError(_("{path} is not an INI file of Huawei Cloud's SDK"), path=path) from None
    section = next(filter(parser.has_section, SECTIONS), None)
    if section is None:
        return None
    place = f"{path} [{section}]"
    values = (parser[section].get(name, "").strip() for name in ("ak", "sk", "security_token", "domain_id"))
    return access_key_pair(*values, source=place, incomplete=_("{place} needs ak and sk").format(place=place))
