"""Builds the options of the app from flags, settings and environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.cli.config.paths import filters_file
from unsub_tui.cli.config.toml import ConfigError, did_you_mean

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.config.profiles import Profiles
    from unsub_tui.cli.config.settings import AppSettings
    from unsub_tui.cli.context import GlobalOptions
    from unsub_tui.domain.plan import SavedPlan
    from unsub_tui.domain.secret import Secret
    from unsub_tui.engine.engine import Engine


def build_app_options(
    engine: Engine,
    global_options: GlobalOptions,
    app_settings: AppSettings,
    *,
    saved_plan: SavedPlan | None,
    ask_login: Callable[[], tuple[Secret, str]] | None,
    profiles: Profiles | None,
) -> AppOptions:
    """Return the options of the app. Raises ConfigError for an unknown key command, column or theme."""
    from unsub_tui.app.options import AppOptions
    from unsub_tui.cli.config.named_filters import filter_name_problem, load_named_filters, save_named_filter

    check_app_names(app_settings)
    filters_path = filters_file(os.environ)
    options = AppOptions(
        state_dir=engine.options.state_dir,
        ask_login=ask_login,
        theme=app_settings.theme,
        light=is_light_background(os.environ),
        columns=app_settings.columns,
        refresh_minutes=app_settings.refresh_minutes,
        keymap=app_settings.keymap,
        filters=load_named_filters(filters_path),
        save_filter=lambda name, text: save_named_filter(filters_path, name, text),
        filter_name_problem=filter_name_problem,
        plan_file=saved_plan,
        multiplexer="tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else "",
        is_first_run=_is_first_run(engine.options.state_dir),
        ascii_only=global_options.is_ascii or not _is_utf8_terminal(),
        color=not (global_options.no_color or os.environ.get("NO_COLOR")),
    )
    return (
        options
        if profiles is None
        else replace(options, list_profiles=profiles.list_profiles, open_profile=profiles.open)
    )


def prepare_environment(environ: MutableMapping[str, str]) -> None:
    """Set the variables that Textual reads on import: animations off, our theme, an empty NO_COLOR removed.

    With another initial theme, Textual would parse every style sheet twice. Exported COLUMNS and LINES are removed
    because they may be outdated; Textual then asks the terminal for its size.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ["TEXTUAL_THEME"] = "ansi-light" if is_light_background(environ) else "ansi-dark"
    environ.pop("COLUMNS", None)
    environ.pop("LINES", None)
    if environ.get("NO_COLOR") == "":
        del environ["NO_COLOR"]


def is_light_background(environ: Mapping[str, str]) -> bool:
    """Return whether `COLORFGBG` (such as `0;15`) reports a light background."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def check_app_names(app_settings: AppSettings) -> None:
    """Raise ConfigError for a key command, column or theme that the app does not have."""
    if app_settings == type(app_settings)():
        return
    from unsub_tui.app.columns import COLUMN_KINDS_BY_ID
    from unsub_tui.app.commands import COMMAND_IDS
    from unsub_tui.app.theme import THEMES

    known = (
        ("keys", app_settings.keymap, COMMAND_IDS),
        ("columns", app_settings.columns, COLUMN_KINDS_BY_ID),
        ("theme", [app_settings.theme] if app_settings.theme else [], THEMES),
    )
    for setting, names, allowed in known:
        for name in names:
            if name not in allowed:
                there_is = "" if setting == "keys" else f"; known names: {', '.join(allowed)}"
                raise ConfigError(f"{setting}: unknown name {name!r}{did_you_mean(name, allowed) or there_is}")


def _is_first_run(directory: Path) -> bool:
    """Return whether this is the first start with this state directory, and record the start in the file `greeted`."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / "greeted").touch(mode=0o600, exist_ok=False)
    except OSError:
        return False
    return True


def _is_utf8_terminal() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
