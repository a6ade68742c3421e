"""`unsub-tui config validate`: check every settings file completely, and list the guards in force."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from unsub_tui.cli.app_options import check_app_names
from unsub_tui.cli.config.guard_settings import guard_rows
from unsub_tui.cli.config.named_filters import load_named_filters
from unsub_tui.cli.config.paths import SYSTEM_CONFIG, config_file, credentials_file, filters_file, rules_file
from unsub_tui.cli.config.settings import Settings, SettingsFlags, check_profiles
from unsub_tui.cli.config.toml import read_secret_toml_file
from unsub_tui.cli.output import write, write_message
from unsub_tui.domain.untrusted_text import escape_unprintable
from unsub_tui.engine.rulebook import check_override
from unsub_tui.present.i18n import _


def validate_settings(settings: Settings, environ: Mapping[str, str], flags: SettingsFlags) -> None:
    """Write the settings files and every guard with its origin. Raises CONFIG for the first error in any file."""
    check_profiles(environ, flags)
    check_app_names(settings.app_settings)
    read_secret_toml_file(credentials_file(environ))
    check_override(rules_file(environ))
    load_named_filters(filters_file(environ))
    for name, path in _files(environ):
        write(_line(name, escape_unprintable(str(path)), "" if os.path.lexists(path) else _("no such file")))
    for name, value, origin in guard_rows(settings.guards):
        write(_line(name, value, origin))
    write_message(_("the settings are valid"))


def _files(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    yield "config", config_file(environ)
    yield "system config", SYSTEM_CONFIG
    yield "credentials", credentials_file(environ)
    yield "rules", rules_file(environ)
    yield "filters", filters_file(environ)


def _line(name: str, value: str, remark: str) -> str:
    return f"{name:<16} {value}" + (f"   ({remark})" if remark else "") + "\n"
