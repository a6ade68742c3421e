"""The time zone of an invocation, in force before the arguments of a command are parsed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from unsub_tui.cli.config.paths import SYSTEM_CONFIG, config_file
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.time_zone import parse_time_zone, set_time_zone

if TYPE_CHECKING:
    from unsub_tui.cli.config.toml import TomlTable


APP_ZONE = "local"
"""Time zone of the screens, unless another one is set: times are compared with the clock on the wall."""
COMMAND_ZONE = "UTC+8"
"""Time zone of the commands, unless another one is set: Huawei Cloud's days, on whatever machine a script runs."""


def use_time_zone(flag: str | None, *, default: str, reads_files: bool) -> None:
    """Set the time zone of this process. Raises ConfigError."""
    name, _origin = find_time_zone(flag, _settings_files() if reads_files else ())
    set_time_zone(parse_time_zone(name or default))


def find_time_zone(flag: str | None, tables: Iterable[TomlTable]) -> tuple[str, str]:
    """Return the time zone and its origin: flag, variable, files; both are empty if it is not set.

    Raises ConfigError.
    """
    given = ((flag or "", "--tz"), (os.environ.get("UNSUB_TIMEZONE", ""), "UNSUB_TIMEZONE"))
    written = ((table.text("timezone"), table.location) for table in tables)
    name, origin = next((each for each in chain(given, written) if each[0]), ("", ""))
    try:
        parse_time_zone(name or APP_ZONE)
    except ValueError:
        raise _unknown_zone(name, origin) from None
    return name, origin


def _settings_files() -> Iterator[TomlTable]:
    """Yield the user's and the machine's settings file, if they exist; other settings in them are not checked here."""
    paths = [SYSTEM_CONFIG]
    with suppress(UnsubError):  # the home directory is unknown
        paths.insert(0, config_file())
    for path in paths:
        if os.path.lexists(path):  # do not import the parser without need
            from unsub_tui.cli.config.toml import read_toml_file

            table = read_toml_file(path)
            if table is not None:
                yield table


def _unknown_zone(name: str, origin: str) -> UnsubError:
    from zoneinfo import available_timezones

    from unsub_tui.cli.config.toml import ConfigError, did_you_mean
    from unsub_tui.present.i18n import _

    words = _(
        "{origin}: {name!r} is no time zone; give local, UTC, an offset such as UTC+8, or a name such as"
        " Asia/Shanghai{guess}"
    )
    is_place = not any(map(str.isdigit, name))
    return ConfigError(
        words, origin=origin, name=name, guess=did_you_mean(name, available_timezones()) if is_place else ""
    )
