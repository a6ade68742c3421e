"""`unsub-tui config`: show and check the settings. `path` must be quick, so each command imports its own modules."""

from __future__ import annotations

import os

import click

from unsub_tui.cli.config import paths
from unsub_tui.cli.context import GlobalOptions, resolve_settings
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.output import write, write_message


@click.group("config")
def command() -> None:
    """Show and check the settings."""


@command.command("show")
@click.pass_obj
def show(global_options: GlobalOptions) -> int:
    """Print the settings in force and the origin of each."""
    from unsub_tui.cli.config.settings import settings_rows

    for name, value, origin in settings_rows(resolve_settings(global_options)):
        _write_line(name, value, origin)
    return ExitCode.OK


@command.command("validate")
@click.pass_obj
def validate(global_options: GlobalOptions) -> int:
    """Check every settings file and list the guards in force. Sends no request."""
    from unsub_tui.cli.app_options import check_app_names
    from unsub_tui.cli.config.guard_settings import guard_rows
    from unsub_tui.cli.config.named_filters import load_named_filters
    from unsub_tui.cli.config.settings import check_profiles
    from unsub_tui.cli.config.toml import read_toml_file
    from unsub_tui.domain.untrusted_text import escape_unprintable
    from unsub_tui.engine.rulebook import read_override
    from unsub_tui.present.i18n import _

    settings = resolve_settings(global_options)
    check_profiles(global_options)
    check_app_names(settings.app_settings)
    read_toml_file(paths.credentials_file(), is_secret=True)
    read_override(paths.rules_file())
    load_named_filters(paths.filters_file())
    files = {
        "config": paths.config_file(),
        "system config": paths.SYSTEM_CONFIG,
        "credentials": paths.credentials_file(),
        "rules": paths.rules_file(),
        "filters": paths.filters_file(),
    }
    for name, path in files.items():
        _write_line(name, escape_unprintable(str(path)), "" if os.path.lexists(path) else _("no such file"))
    for name, value, origin in guard_rows(settings.guards):
        _write_line(name, value, origin)
    write_message(_("The settings are valid."))
    return ExitCode.OK


@command.command("path")
def path() -> int:
    """Print the paths of settings, credentials and record."""
    write(f"config      {paths.config_file()}\n")
    write(f"credentials {paths.credentials_file()}\n")
    write(f"rules       {paths.rules_file()}\n")
    write(f"filters     {paths.filters_file()}\n")
    write(f"state       {paths.state_dir()}\n")
    write(f"cache       {paths.cache_dir() or '-'}\n")
    return ExitCode.OK


def _write_line(name: str, value: str, remark: str) -> None:
    write(f"{name:<16} {value}" + (f"   ({remark})" if remark else "") + "\n")
