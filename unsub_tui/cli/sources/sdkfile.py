"""The profile file of the vendor's SDK: an INI file whose section `[global]` has the keys for global services.

The SDK itself looks for a section of another name when a client is made without credentials; both are read.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from unsub_tui.api.credentials import Credentials
from unsub_tui.cli.places import home
from unsub_tui.cli.sources.finding import NO_HOME, Finding, of_file
from unsub_tui.cli.tomlfile import ConfigError
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.settings_files import settings_text

VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
SECTIONS = ("global", "globalcredentials")


def look(environ: Mapping[str, str]) -> Finding:
    """Return what the file has; raises ConfigError for one that cannot be read."""
    named = environ.get(VARIABLE)
    at_home = home()
    if named:
        path = Path(named)
    elif at_home is not None:
        path = at_home / ".huaweicloud" / "credentials"
    else:
        return Finding("~/.huaweicloud/credentials", NO_HOME)
    settings_text(path, named_by=VARIABLE if named else "")  # named and missing, it must not mean other keys
    return of_file(str(path), lambda: _read(path), "no such file, or no keys in its section [global]")


def _read(path: Path) -> Credentials | None:
    text = settings_text(path)
    if text is None:
        return None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise ConfigError(f"{path} is not the INI file that the vendor's SDK reads") from None
    for section in SECTIONS:
        if parser.has_section(section):
            return _keys(parser[section], f"{path} [{section}]")
    return None


def _keys(section: Mapping[str, str], place: str) -> Credentials | None:
    access_key, secret_key = section.get("ak", "").strip(), Secret(section.get("sk", "").strip())
    if not access_key and not secret_key:
        return None
    if not access_key or not secret_key:
        raise ConfigError(f"{place} needs ak and sk")
    return Credentials(
        access_key=access_key,
        secret_key=secret_key,
        security_token=Secret(section.get("security_token", "").strip()) or None,
        domain_id=section.get("domain_id", "").strip(),
        source=place,
    )
