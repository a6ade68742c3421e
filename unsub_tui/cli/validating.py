"""`unsub-tui config validate`: read every settings file as a whole, and list the guards that hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from unsub_tui.cli.filters import filters_of
from unsub_tui.cli.guarding import guard_rows
from unsub_tui.cli.looks import check_names
from unsub_tui.cli.output import say, write
from unsub_tui.cli.places import SYSTEM_CONFIG, config_file, credentials_file, filters_file, rules_file
from unsub_tui.cli.settings import Flags, Settings, check_profiles
from unsub_tui.cli.tomlfile import read_secret_table
from unsub_tui.domain.foreign import printable
from unsub_tui.engine.rulebook import check_override
from unsub_tui.present.words import _


def validate(settings: Settings, environ: Mapping[str, str], flags: Flags) -> None:
    """Write which files there are and every guard with its origin; raise CONFIG for the first mistake in any file."""
    check_profiles(environ, flags)
    check_names(settings.look)
    read_secret_table(credentials_file(environ))
    check_override(rules_file(environ))
    filters_of(filters_file(environ))
    for name, path in _files(environ):
        write(_line(name, printable(str(path)), "" if os.path.lexists(path) else _("no such file")))
    for name, value, origin in guard_rows(settings.guards):
        write(_line(name, value, origin))
    say(_("the settings are valid"))


def _files(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    yield "config", config_file(environ)
    yield "system config", SYSTEM_CONFIG
    yield "credentials", credentials_file(environ)
    yield "rules", rules_file(environ)
    yield "filters", filters_file(environ)


def _line(name: str, value: str, remark: str) -> str:
    return f"{name:<16} {value}" + (f"   ({remark})" if remark else "") + "\n"
